"""Encrypts the export and compares values, with two keys derived from one passphrase."""

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
"""Parameters of scrypt: 32 MiB and about 0.1 s for each guess of the passphrase."""

MEMORY: Final = 64 * 1024 * 1024
SALT_BYTES: Final = 16
NONCE_BYTES: Final = 12
KEY_BYTES: Final = 32

PASSPHRASE: Final = "PULUMI_CONFIG_PASSPHRASE"
PASSPHRASE_FILE: Final = "PULUMI_CONFIG_PASSPHRASE_FILE"


class Cipher:
    """
    AES-256-GCM for the export, HMAC-SHA256 for fingerprints.

    :param salt: the salt of an existing export; a new one by default
    """

    def __init__(self, passphrase: str, salt: bytes | None = None) -> None:
        self.salt = salt or os.urandom(SALT_BYTES)
        derived = hashlib.scrypt(passphrase.encode(), salt=self.salt, dklen=2 * KEY_BYTES, maxmem=MEMORY, **COST)
        self._cipher = AESGCM(derived[:KEY_BYTES])
        self._key = derived[KEY_BYTES:]

    def encrypt(self, text: bytes) -> bytes:
        """Return a file with the encrypted text and everything but the passphrase that decrypting it needs."""
        nonce = os.urandom(NONCE_BYTES)
        parts = {"salt": self.salt, "nonce": nonce, "text": self._cipher.encrypt(nonce, text, FORMAT.encode())}
        encoded = {name: base64.b64encode(part).decode() for name, part in parts.items()}
        return json.dumps({"format": FORMAT, "scrypt": COST, **encoded}).encode()

    def decrypt(self, encrypted: bytes) -> bytes:
        """
        Return the text of a file that `encrypt` made.

        :raises Refused: the passphrase is wrong, or the file was changed
        """
        nonce, text = _parts(encrypted, "nonce", "text")
        try:
            return self._cipher.decrypt(nonce, text, FORMAT.encode())
        except InvalidTag:
            raise Refused(
                "The export cannot be decrypted",
                found="a wrong passphrase, or a file that was changed",
                expected="the passphrase that the export was encrypted with",
                fix=f"set {PASSPHRASE} or {PASSPHRASE_FILE} to that passphrase, then run the command again",
            ) from None

    def fingerprint(self, text: str) -> str:
        """Return a keyed hash: without the passphrase, nobody can test a guess of the text against it."""
        return hmac.new(self._key, text.encode(), hashlib.sha256).hexdigest()


def salt_of(encrypted: bytes) -> bytes:
    """
    Return the salt of an encrypted export.

    :raises Refused: the file was changed
    """
    return _parts(encrypted, "salt")[0]


def find_passphrase(*, is_new: bool) -> str:
    """
    Return the stack's passphrase from the environment, as pulumi reads it. Otherwise, ask for one.

    :param is_new: the user chooses it now, and types it twice
    :raises Refused: no passphrase is set, and stdin is not a terminal
    """
    if given := os.environ.get(PASSPHRASE):
        return given
    if file := os.environ.get(PASSPHRASE_FILE):
        return _read_passphrase(Path(file))
    if not sys.stdin.isatty():
        raise Refused(
            "No passphrase to encrypt the export with",
            found=f"neither {PASSPHRASE} nor {PASSPHRASE_FILE} is set, and stdin is not a terminal",
            fix="set one of the two, or run the command in a terminal, where it asks for a passphrase",
        )
    typed = getpass.getpass("Passphrase of the export: ")
    if is_new and getpass.getpass("The same passphrase again: ") != typed:
        raise Refused("The two passphrases differ", fix="run the command again")
    if not typed:
        raise Refused("The passphrase is empty", fix="run the command again")
    return typed


def _read_passphrase(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8").strip()
    except OSError as error:
        what = f"{PASSPHRASE_FILE} cannot be read: {file}"
        fix = f"set {PASSPHRASE_FILE} to the passphrase file of the stack, then run the command again"
        raise Refused(what, found=error.strerror or type(error).__name__, fix=fix) from error


def _parts(encrypted: bytes, *names: str) -> list[bytes]:
    try:
        content = json.loads(encrypted)
        return [base64.b64decode(content[name]) for name in names]
    except (ValueError, KeyError, TypeError):
        raise Refused(
            "The export is damaged",
            found="a file that is not an encrypted export",
            expected="export.json as the rotation wrote it",
            fix="restore export.json of this rotation from a backup, then run the command again",
        ) from None
