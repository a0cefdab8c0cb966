"""
RSA key pairs from a seed, with Python alone. The same seed and size always make the same pair.

The primes are probable primes as in FIPS 186-5, appendix A.1.3. A pair of 3072 bits takes about a second, so nobody
computes one more often than needed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
from dataclasses import dataclass, field
from typing import Final

_EXPONENT: Final = 65537
_ROUNDS: Final = 32
"""Of the Miller-Rabin test: a composite number passes with a probability below 4^-32."""

_SMALL_PRIMES: Final = math.prod(it for it in range(3, 2000, 2) if all(it % low for low in range(3, int(it**0.5) + 1)))
_RSA_ENCRYPTION: Final = bytes.fromhex("300d06092a864886f70d0101010500")
"""The algorithm identifier of RFC 8017, with its NULL parameters."""


@dataclass(frozen=True)
class Numbers:
    """The two primes of a key pair, and what follows from them. Its repr has no number."""

    p: int = field(repr=False)
    q: int = field(repr=False)

    @property
    def modulus(self) -> int:
        return self.p * self.q

    @property
    def private_exponent(self) -> int:
        return pow(_EXPONENT, -1, math.lcm(self.p - 1, self.q - 1))


def rsa(seed: str, bits: int) -> str:
    """
    A key pair as JSON: `private` in PEM form (PKCS #8), `public` as OpenSSH writes it, `publicPem` in PEM form.

    :param seed: at least 256 random bits
    :param bits: one of `infisical.rules.RSA_BITS`
    """
    pair = numbers(seed, bits)
    public = _sequence(_integer(pair.modulus), _integer(_EXPONENT))
    parts = {
        "private": _pem("PRIVATE KEY", _pkcs8(pair)),
        "public": f"ssh-rsa {base64.b64encode(_openssh(pair)).decode()}",
        "publicPem": _pem("PUBLIC KEY", _sequence(_RSA_ENCRYPTION, _value(0x03, b"\0" + public))),
    }
    return json.dumps(parts)


def numbers(seed: str, bits: int) -> Numbers:
    """The pair that belongs to a seed. The modulus has exactly that many bits."""
    stream = _Stream(f"rsa {bits} {seed}".encode())
    while True:
        pair = Numbers(stream.prime(bits // 2), stream.prime(bits // 2))
        far_apart = abs(pair.p - pair.q).bit_length() > bits // 2 - 100
        if far_apart and pair.private_exponent.bit_length() > bits // 2:
            return pair


class _Stream:
    """Numbers that are drawn from a seed, one after the other."""

    def __init__(self, seed: bytes) -> None:
        self._seed = hashlib.sha512(seed).digest()
        self._drawn = 0

    def prime(self, bits: int) -> int:
        """A prime whose two highest bits are set, so that the product of two has twice as many bits."""
        while True:
            candidate = self._number(bits) | 0b11 << (bits - 2) | 1
            coprime = math.gcd(candidate, _SMALL_PRIMES) == 1 and math.gcd(candidate - 1, _EXPONENT) == 1
            if coprime and self._is_prime(candidate):
                return candidate

    def _number(self, bits: int) -> int:
        self._drawn += 1
        block = hashlib.shake_256(self._seed + self._drawn.to_bytes(8, "big")).digest(bits // 8)
        return int.from_bytes(block, "big")

    def _is_prime(self, candidate: int) -> bool:
        """The Miller-Rabin test."""
        twos = ((candidate - 1) & -(candidate - 1)).bit_length() - 1
        odd = (candidate - 1) >> twos
        for _ in range(_ROUNDS):
            power = pow(2 + self._number(candidate.bit_length()) % (candidate - 3), odd, candidate)
            if power in (1, candidate - 1):
                continue
            for _ in range(twos - 1):
                power = power * power % candidate
                if power == candidate - 1:
                    break
            else:
                return False
        return True


def _pkcs8(pair: Numbers) -> bytes:
    """RFC 5958, around the private key of RFC 8017, appendix A.1.2."""
    private, p, q = pair.private_exponent, pair.p, pair.q
    content = (0, pair.modulus, _EXPONENT, private, p, q, private % (p - 1), private % (q - 1), pow(q, -1, p))
    key = _sequence(*(_integer(number) for number in content))
    return _sequence(_integer(0), _RSA_ENCRYPTION, _value(0x04, key))


def _openssh(pair: Numbers) -> bytes:
    parts = (b"ssh-rsa", _magnitude(_EXPONENT), _magnitude(pair.modulus))
    return b"".join(len(part).to_bytes(4, "big") + part for part in parts)


def _pem(label: str, content: bytes) -> str:
    encoded = base64.b64encode(content).decode()
    lines = [encoded[start : start + 64] for start in range(0, len(encoded), 64)]
    return "\n".join([f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""])


def _sequence(*content: bytes) -> bytes:
    return _value(0x30, b"".join(content))


def _integer(number: int) -> bytes:
    return _value(0x02, _magnitude(number))


def _magnitude(number: int) -> bytes:
    """Big-endian, with a first bit that says that it is not negative."""
    return number.to_bytes(number.bit_length() // 8 + 1, "big")


def _value(tag: int, content: bytes) -> bytes:
    """A value of ASN.1 in DER."""
    length = len(content)
    if length < 0x80:
        return bytes([tag, length]) + content
    encoded = length.to_bytes((length.bit_length() + 7) // 8, "big")
    return bytes([tag, 0x80 | len(encoded)]) + encoded + content
