"""Opens what Pulumi encrypted with a stack's passphrase, without a pulumi process and without writing a file."""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from operations.errors import OperationError

SECRET_MARK: Final = "4dabf18193072939515e22adb298388d"
"""The key that marks a special object of the state; one with a ciphertext is a secret."""

_ITERATIONS: Final = 1_000_000
_KNOWN: Final = "pulumi"
"""What Pulumi encrypts into the salt, to recognize a wrong passphrase."""


class StackCipher:
    """
    :param where: what has the salt, for messages
    :param salt: `encryptionsalt` of a stack file, or `salt` of a state
    :raises OperationError: the passphrase is wrong, or this is no salt
    """

    def __init__(self, where: str, salt: str, passphrase: str) -> None:
        try:
            version, encoded, check = salt.split(":", 2)
            key = hashlib.pbkdf2_hmac("sha256", passphrase.encode(), base64.b64decode(encoded), _ITERATIONS, 32)
            self._cipher = AESGCM(key)
            is_right = version == "v1" and self._opened(check) == _KNOWN
        except InvalidTag:
            is_right = False
        except (ValueError, binascii.Error):
            what, expected = f"{where} has no salt of a passphrase", "a stack that is encrypted by a passphrase"
            raise OperationError(what, expected=expected, fix="drill a backup of such a stack") from None
        if not is_right:
            what = f"The passphrase does not open {where}"
            raise OperationError(
                what,
                found="another passphrase",
                expected="the passphrase that the stack had at the time of the backup",
                fix="set PULUMI_CONFIG_PASSPHRASE or PULUMI_CONFIG_PASSPHRASE_FILE, then run the command again",
            )

    def decrypted(self, value: Any) -> Any:
        """
        A part of a state, with plain values in place of secrets.

        :raises OperationError: a secret was encrypted in another way
        """
        if isinstance(value, dict):
            if SECRET_MARK in value and "ciphertext" in value:
                return json.loads(self._secret(value["ciphertext"]))
            return {name: self.decrypted(each) for name, each in value.items()}
        return [self.decrypted(each) for each in value] if isinstance(value, list) else value

    def _secret(self, encrypted: str) -> str:
        try:
            return self._opened(encrypted)
        except (InvalidTag, ValueError):
            what, fix = "A secret of the state cannot be decrypted", "drill another backup"
            raise OperationError(what, expected="a secret that the passphrase opens", fix=fix) from None

    def _opened(self, encrypted: str) -> str:
        _, nonce, text = encrypted.split(":")
        return self._cipher.decrypt(base64.b64decode(nonce), base64.b64decode(text), None).decode()
