"""Throw-away values for the secrets of the stack config, in the form that the program expects."""

from __future__ import annotations

import base64
import secrets
import uuid
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519

from tooling.stack.config import Config


class ThrowAwaySecrets:
    """
    One throw-away value per ciphertext, in all revisions. A value that was encrypted again counts as a new value.

    `values` holds all of them.
    """

    def __init__(self) -> None:
        self._by_ciphertext: dict[str, str] = {}

    @property
    def values(self) -> set[str]:
        return set(self._by_ciphertext.values())

    def replaced(self, config: Config) -> Config:
        """
        Return a stack's `config:` with a plain throw-away value for each encrypted one.

        Nothing is decrypted: the passphrase is not known here.
        """
        return {key: self._replaced(value, key) for key, value in config.items()}

    def _replaced(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            if set(value) == {"secure"}:
                return self._value_for(str(value["secure"]), key)
            return {name: self._replaced(entry, key) for name, entry in value.items()}
        if isinstance(value, list):
            return [self._replaced(entry, key) for entry in value]
        return value

    def _value_for(self, ciphertext: str, key: str) -> str:
        if ciphertext not in self._by_ciphertext:
            self._by_ciphertext[ciphertext] = throw_away_value(key)
        return self._by_ciphertext[ciphertext]


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
