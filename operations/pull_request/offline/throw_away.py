"""Encrypts the throw-away values for the throw-away stack file."""

from __future__ import annotations

import base64
import hashlib
import os
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tooling.stack.config import Config

_ITERATIONS: Final = 1_000_000


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
