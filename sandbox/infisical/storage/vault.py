"""
Secrets are encrypted with AES-256-GCM by a root key, which is itself encrypted with the ENCRYPTION_KEY.

A wrong ENCRYPTION_KEY is therefore detected at boot, before anything is read or written.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.infisical.errors import BootError
from sandbox.infisical.storage.clock import Clock
from sandbox.infisical.storage.database import ROOT_KEY, Database

NONCE_BYTES = 12
ROOT_ID = "00000000-0000-0000-0000-000000000000"
"""The row of the root key, as on a real server."""


class Vault:
    """Encrypts and decrypts strings. A string that was encrypted for one place cannot be decrypted for another."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, place: str) -> bytes:
        """
        :param place: the string's place, such as the ID and version of a secret
        """
        return self._seal(text.encode(), place)

    def open(self, sealed: bytes, place: str) -> str:
        return self._open(sealed, place).decode()

    @classmethod
    def of(cls, database: Database, encryption_key: str, clock: Clock) -> Vault:
        """
        The vault of this database; creates the root key if it is missing.

        :raises BootError: the ENCRYPTION_KEY does not match this database
        """
        outer = cls(encryption_key.encode())
        kept = database.one(f'SELECT "encryptedRootKey" AS sealed FROM {ROOT_KEY} WHERE id = ?', ROOT_ID)
        if kept is None:
            key = AESGCM.generate_key(bit_length=256)
            with database.transaction():
                stamps = dict.fromkeys(("createdAt", "updatedAt"), clock.stamp())
                database.insert(ROOT_KEY, {"id": ROOT_ID, "encryptedRootKey": outer._seal(key, None), **stamps})
            return cls(key)
        try:
            return cls(outer._open(kept["sealed"], None))
        except InvalidTag as error:
            what = "Unsupported state or unable to authenticate data"
            why = "the data were written with a different ENCRYPTION_KEY"
            message = f"{what}\n  {why}: start with that key. Nothing was changed."
            raise BootError(message) from error

    def _seal(self, data: bytes, place: str | None) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, place.encode() if place else None)

    def _open(self, sealed: bytes, place: str | None) -> bytes:
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode() if place else None)
