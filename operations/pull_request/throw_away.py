"""Throw-away values in place of the stack's secrets, and the stack file that holds them."""

from __future__ import annotations

import base64
import hashlib
import os
import secrets
from collections.abc import Callable, Mapping
from typing import Any, Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tooling.stack.config import Config

_ITERATIONS: Final = 1_000_000


def _hex(size: int) -> Callable[[], str]:
    return lambda: secrets.token_hex(size)


_OF_A_FORM: Final[Mapping[str, Callable[[], str]]] = {
    "homelab:infisicalEncryptionKey": _hex(16),
    "homelab:infisicalAuthSecret": lambda: base64.b64encode(secrets.token_bytes(32)).decode(),
    "homelab:infisicalRedisUrl": lambda: f"redis://:{secrets.token_hex(24)}@redis.invalid:6379",
    "homelab:argocdRepoSshPrivateKey": lambda: (
        f"-----BEGIN OPENSSH PRIVATE KEY-----\n{secrets.token_hex(32)}\n-----END OPENSSH PRIVATE KEY-----\n"
    ),
}
"""Keys whose value has to have a form of its own; every other one is hexadecimal."""


class ThrowAwaySecrets:
    """
    One throw-away value for each encrypted one, whichever revision it stands in: what is encrypted anew is taken for
    another value.

    `values` is all of them.
    """

    def __init__(self) -> None:
        self._by_ciphertext: dict[str, str] = {}

    @property
    def values(self) -> set[str]:
        return set(self._by_ciphertext.values())

    def replaced(self, config: Config) -> Config:
        """
        A stack's `config:` with a throw-away value in clear in place of each encrypted one.

        What is there as `secure` is no secret of this stack: it cannot be decrypted, and nobody tries to.
        """
        return {key: self._replaced(value, key) for key, value in config.items()}

    def _replaced(self, value: Any, key: str) -> Any:
        if isinstance(value, dict):
            if set(value) == {"secure"}:
                return self._instead(str(value["secure"]), key)
            return {name: self._replaced(entry, key) for name, entry in value.items()}
        if isinstance(value, list):
            return [self._replaced(entry, key) for entry in value]
        return value

    def _instead(self, ciphertext: str, key: str) -> str:
        if ciphertext not in self._by_ciphertext:
            self._by_ciphertext[ciphertext] = _OF_A_FORM.get(key, _hex(32))()
        return self._by_ciphertext[ciphertext]


class Sealer:
    """Encrypts config values as Pulumi's passphrase secrets provider does, for files that it reads."""

    def __init__(self, passphrase: str) -> None:
        salt = os.urandom(8)
        key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, _ITERATIONS, 32)
        self._cipher = AESGCM(key)
        self.salt = f"v1:{base64.b64encode(salt).decode()}:{self.seal('pulumi')}"
        """The stack file's `encryptionsalt`."""

    def seal(self, value: str) -> str:
        nonce = os.urandom(12)
        sealed = self._cipher.encrypt(nonce, value.encode(), None)
        return f"v1:{base64.b64encode(nonce).decode()}:{base64.b64encode(sealed).decode()}"

    def sealed(self, config: Config, hidden: set[str]) -> Config:
        """The config with each text that is one of `hidden` encrypted."""

        def sealed(value: Any) -> Any:
            if isinstance(value, str) and value in hidden:
                return {"secure": self.seal(value)}
            if isinstance(value, dict):
                return {name: sealed(entry) for name, entry in value.items()}
            return [sealed(entry) for entry in value] if isinstance(value, list) else value

        return {key: sealed(value) for key, value in config.items()}
