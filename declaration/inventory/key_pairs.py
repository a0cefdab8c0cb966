"""
Values that belong together, as one JSON value: a key pair, and a password with its hash.

One value is seeded, rotated and adopted as a whole, so that its parts cannot differ. The provider makes an RSA key pair
(`infisical.rsa`): it cannot be computed from a short random value.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Final

PARTS: Final[Mapping[str, tuple[str, ...]]] = {
    "ed25519": ("private", "public"),
    "rsa": ("private", "public", "publicPem"),
    "hashedPassword": ("password", "bcrypt"),
}
"""The properties of the values of each such kind."""

# The curve of RFC 8032, section 5.1.
_P: Final = 2**255 - 19
_D: Final = -121665 * pow(121666, -1, _P) % _P
_BASE_Y: Final = 4 * pow(5, -1, _P) % _P
_BASE_X: Final = 15112221349535400772501151409588531511454012693041857206046113283949847762202

Point = tuple[int, int, int, int]
"""In extended coordinates."""


def ed25519(seed: bytes) -> str:
    """A key pair as OpenSSH writes it. The same seed makes the same pair."""
    public = public_key(seed)
    return json.dumps({"private": _openssh_private(seed, public), "public": _openssh_public(public)})


def hashed_password(password: str, bcrypt: str) -> str:
    return json.dumps({"password": password, "bcrypt": bcrypt})


def public_key(seed: bytes) -> bytes:
    """The 32 bytes of the public key that belongs to a private key of 32 bytes."""
    scalar = int.from_bytes(hashlib.sha512(seed).digest()[:32], "little")
    scalar = scalar & ((1 << 254) - 8) | (1 << 254)
    x, y, z, _ = _times(scalar, (_BASE_X, _BASE_Y, 1, _BASE_X * _BASE_Y % _P))
    inverse = pow(z, -1, _P)
    x, y = x * inverse % _P, y * inverse % _P
    return (y | ((x & 1) << 255)).to_bytes(32, "little")


def _times(scalar: int, point: Point) -> Point:
    found: Point = (0, 1, 1, 0)
    while scalar:
        if scalar & 1:
            found = _plus(found, point)
        point = _plus(point, point)
        scalar >>= 1
    return found


def _plus(one: Point, other: Point) -> Point:
    a, b = (one[1] - one[0]) * (other[1] - other[0]) % _P, (one[1] + one[0]) * (other[1] + other[0]) % _P
    c, d = 2 * one[3] * other[3] * _D % _P, 2 * one[2] * other[2] % _P
    e, f, g, h = b - a, d - c, d + c, b + a
    return e * f % _P, g * h % _P, f * g % _P, e * h % _P


def _openssh_public(public: bytes) -> str:
    return f"ssh-ed25519 {base64.b64encode(_blob(public)).decode()}"


def _openssh_private(seed: bytes, public: bytes) -> str:
    # Random in OpenSSH, to recognize a wrong passphrase. Here it must be the same at each run of the program.
    check = hashlib.sha256(b"check of " + seed).digest()[:4]
    secret = check + check + _blob(public) + _text(seed + public) + _text(b"")
    secret += bytes(range(1, 1 + -len(secret) % 8))
    no_cipher = _text(b"none") + _text(b"none") + _text(b"")
    content = b"openssh-key-v1\0" + no_cipher + (1).to_bytes(4, "big") + _text(_blob(public)) + _text(secret)
    encoded = base64.b64encode(content).decode()
    lines = [encoded[start : start + 70] for start in range(0, len(encoded), 70)]
    return "\n".join(["-----BEGIN OPENSSH PRIVATE KEY-----", *lines, "-----END OPENSSH PRIVATE KEY-----", ""])


def _blob(public: bytes) -> bytes:
    return _text(b"ssh-ed25519") + _text(public)


def _text(content: bytes) -> bytes:
    return len(content).to_bytes(4, "big") + content
