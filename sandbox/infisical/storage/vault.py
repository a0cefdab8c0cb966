"""
What is secret is stored sealed with AES-256-GCM by a root key, which is stored sealed by the ENCRYPTION_KEY.

So a wrong ENCRYPTION_KEY is known at boot, before anything is read or written.
"""

from __future__ import annotations

import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from sandbox.infisical.errors import BootError
from sandbox.infisical.storage.database import Database

NONCE_BYTES = 12
ROOT = "root key"


class Vault:
    """Seals and opens texts; what was sealed for one place opens for no other."""

    def __init__(self, key: bytes) -> None:
        self._cipher = AESGCM(key)

    def seal(self, text: str, place: str) -> bytes:
        """
        :param place: what the text is, such as the id and version of a secret
        """
        return self._seal(text.encode(), place)

    def open(self, sealed: bytes, place: str) -> str:
        return self._open(sealed, place).decode()

    @classmethod
    def of(cls, database: Database, encryption_key: str) -> Vault:
        """
        The vault of this database; its root key is made when there is none.

        :raises BootError: the ENCRYPTION_KEY is another than the one that the database was made with
        """
        outer = cls(encryption_key.encode())
        kept = database.one("SELECT sealed FROM root_key")
        if kept is None:
            key = AESGCM.generate_key(bit_length=256)
            with database.transaction():
                database.insert("root_key", {"id": 1, "sealed": outer._seal(key, ROOT)})
            return cls(key)
        try:
            return cls(outer._open(kept["sealed"], ROOT))
        except InvalidTag as error:
            what = "Unsupported state or unable to authenticate data"
            why = "the data were written with another ENCRYPTION_KEY"
            message = f"{what}\n  {why}: start with that one. Nothing was changed."
            raise BootError(message) from error

    def _seal(self, data: bytes, place: str) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return nonce + self._cipher.encrypt(nonce, data, place.encode())

    def _open(self, sealed: bytes, place: str) -> bytes:
        return self._cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], place.encode())
