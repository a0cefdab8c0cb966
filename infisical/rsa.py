"""RSA key pairs."""

from __future__ import annotations

import json
from typing import Final

from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat

_EXPONENT: Final = 65537


def rsa(bits: int) -> str:
    """
    A new key pair as JSON: `private` in PEM form (PKCS #8), `public` as OpenSSH writes it, `publicPem` in PEM form.

    :param bits: one of `infisical.rules.RSA_BITS`
    """
    private = generate_private_key(_EXPONENT, bits)
    public = private.public_key()
    parts = {
        "private": private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()),
        "public": public.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH),
        "publicPem": public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo),
    }
    return json.dumps({name: part.decode() for name, part in parts.items()})
