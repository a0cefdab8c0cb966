"""What the export is encrypted with, and what values are compared by: both derived from a passphrase."""

from __future__ import annotations

import base64
import getpass
import hashlib
import hmac
import json
import os
import sys
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from operations.encryption_key.errors import Refused

FORMAT: Final = "homelab export 1"
COST: Final = {"n": 2**15, "r": 8, "p": 1}
"""scrypt's: 32 MiB and about a tenth of a second for each passphrase that somebody tries."""

MEMORY: Final = 64 * 1024 * 1024
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32


class Seal:
    """
    AES-256-GCM for a text, HMAC-SHA256 for fingerprints, with keys that a passphrase and a salt give.

    :param salt: of an earlier seal, to open what it closed
    """

    def __init__(self, passphrase: str, salt: bytes | None = None) -> None:
        self.salt = salt or os.urandom(SALT_BYTES)
        derived = hashlib.scrypt(passphrase.encode(), salt=self.salt, dklen=2 * KEY_BYTES, maxmem=MEMORY, **COST)
        self._cipher = AESGCM(derived[:KEY_BYTES])
        self._key = derived[KEY_BYTES:]

    def close(self, text: bytes) -> bytes:
        """The text encrypted, with all that opening it needs but the passphrase."""
        nonce = os.urandom(NONCE_BYTES)
        sealed = self._cipher.encrypt(nonce, text, FORMAT.encode())
        parts = {"salt": self.salt, "nonce": nonce, "text": sealed}
        encoded = {name: base64.b64encode(part).decode() for name, part in parts.items()}
        return json.dumps({"format": FORMAT, "scrypt": COST, **encoded}).encode()

    def open(self, closed: bytes) -> bytes:
        """
        :raises Refused: the passphrase is another one, or somebody changed the file
        """
        content = json.loads(closed)
        try:
            return self._cipher.decrypt(
                base64.b64decode(content["nonce"]), base64.b64decode(content["text"]), FORMAT.encode()
            )
        except InvalidTag:
            raise Refused(
                "the export cannot be opened: the passphrase is not the one that it was made with, or the file was "
                "changed. Give the passphrase of the beginning in PULUMI_CONFIG_PASSPHRASE or "
                "PULUMI_CONFIG_PASSPHRASE_FILE, and run the command again."
            ) from None

    def fingerprint(self, text: str) -> str:
        """A hash that says nothing of the text to whoever lacks the passphrase."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def salt_of(closed: bytes) -> bytes:
    """The salt that an export was made with."""
    return base64.b64decode(json.loads(closed)["salt"])


def find_passphrase(*, is_new: bool) -> str:
    """
    The stack's own where the environment has it, as pulumi reads it; else one that is asked for.

    :param is_new: it is chosen now, and typed twice
    :raises Refused: there is none and nobody to ask
    """
    if given := os.environ.get("PULUMI_CONFIG_PASSPHRASE"):
        return given
    if file := os.environ.get("PULUMI_CONFIG_PASSPHRASE_FILE"):
        return Path(file).read_text().strip()
    if not sys.stdin.isatty():
        raise Refused(
            "there is no passphrase to encrypt the export with: set PULUMI_CONFIG_PASSPHRASE or "
            "PULUMI_CONFIG_PASSPHRASE_FILE, or run the command in a terminal, where it asks for one"
        )
    asked = getpass.getpass("passphrase of the export: ")
    if is_new and getpass.getpass("the same passphrase again: ") != asked:
        raise Refused("the two passphrases differ; run the command again")
    if not asked:
        raise Refused("the passphrase is empty; run the command again")
    return asked
