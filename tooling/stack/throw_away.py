"""Throw-away values for the secrets of the stack config, in the form that the program expects."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Callable, Mapping
from typing import Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519


def throw_away_value(key: str) -> str:
    """
    Return a new value.

    :param key: a key of the stack config, such as `homelab:argocdOidcClientSecret`
    """
    return _FORMS.get(key, _token)()


def _token() -> str:
    return secrets.token_hex(32)


def _private_key() -> str:
    return (
        ed25519.Ed25519PrivateKey.generate()
        .private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption())
        .decode()
    )


_FORMS: Final[Mapping[str, Callable[[], str]]] = {
    "homelab:infisicalEncryptionKey": lambda: secrets.token_hex(16),
    "homelab:infisicalAuthSecret": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "homelab:infisicalRedisUrl": lambda: f"redis://:{_token()}@127.0.0.1:6379",
    "homelab:infisicalMachineIdentityClientId": lambda: str(uuid.uuid4()),
    "homelab:argocdRepoSshPrivateKey": _private_key,
}
"""Keys whose values have a special form; every other value has 64 hexadecimal digits."""
