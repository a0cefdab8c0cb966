"""Replaces the stack's secrets with throw-away values, and encrypts them for the throw-away stack file."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tooling.stack.config import Config
from tooling.stack.throw_away import throw_away_value

_ITERATIONS: Final = 1_000_000


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


class ConfigCipher:
    """Encrypts config values in the format of Pulumi's passphrase secrets provider."""

    def __init__(self, passphrase: str) -> None:
        salt = os.urandom(8)
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS, 32)
        self._cipher = AESGCM(key)
        self.salt = f"v1:{base64.b64encode(salt).decode()}:{self.encrypt('pulumi')}"
        """The stack file's `encryptionsalt`."""

    def encrypt(self, value: str) -> str:
        nonce = os.urandom(12)
        encrypted = self._cipher.encrypt(nonce, value.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(encrypted).decode()}"

    def encrypt_values(self, config: Config, hidden: set[str]) -> Config:
        """Return the config with each string of `hidden` encrypted."""

        def encrypted(value: Any) -> Any:
            if isinstance(value, str) and value in hidden:
                return {"secure": self.encrypt(value)}
            if isinstance(value, dict):
                return {name: encrypted(entry) for name, entry in value.items()}
            return [encrypted(entry) for entry in value] if isinstance(value, list) else value

        return {key: encrypted(value) for key, value in config.items()}
