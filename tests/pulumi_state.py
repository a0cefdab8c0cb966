"""Reads the state and writes the config of a stack without a pulumi process, which takes more than a second of CPU."""

from __future__ import annotations

import base64
import hashlib
import json
from pathlib import Path
from typing import Any, Self

import yaml
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from operations.pull_request.offline.throw_away import ConfigCipher

ITERATIONS = 1_000_000
SIGNATURE = "4dabf18193072939515e22adb298388d"
"""Marks a special value in the state: here always a secret."""
STACK = "pulumi:pulumi:Stack"


class Cipher(ConfigCipher):
    """Pulumi encrypts the state with the key of the stack file."""

    @classmethod
    def of(cls, stack_file: Path, passphrase: str) -> Self:
        """The cipher of a stack file."""
        cipher = cls.__new__(cls)
        cipher.salt = yaml.safe_load(stack_file.read_text())["encryptionsalt"]
        salt = base64.b64decode(cipher.salt.split(":")[1])
        cipher._cipher = AESGCM(hashlib.pbkdf2_hmac("sha256", passphrase.encode(), salt, ITERATIONS, 32))
        return cipher

    def secure(self, value: str) -> dict[str, str]:
        return {"secure": self.encrypt(value)}

    def decrypt(self, encrypted: str) -> str:
        _, nonce, text = encrypted.split(":")
        cipher: AESGCM = self._cipher
        return cipher.decrypt(base64.b64decode(nonce), base64.b64decode(text), None).decode()

    def in_clear(self, value: Any) -> Any:
        """A part of the state with its secrets in clear, as `pulumi stack export --show-secrets` shows them."""
        if isinstance(value, dict):
            if SIGNATURE in value and "ciphertext" in value:
                return {SIGNATURE: value[SIGNATURE], "plaintext": self.decrypt(value["ciphertext"])}
            return {name: self.in_clear(each) for name, each in value.items()}
        return [self.in_clear(each) for each in value] if isinstance(value, list) else value


def checkpoint(backend: Path, project: str, stack: str) -> Path:
    """The file with the state."""
    return backend / ".pulumi" / "stacks" / project / f"{stack}.json"


def state(file: Path) -> dict[str, Any]:
    """The state as `pulumi stack export` shows it, secrets encrypted."""
    content = json.loads(file.read_text())
    return {"version": content["version"], "deployment": content["checkpoint"]["latest"]}


def outputs(file: Path) -> dict[str, Any]:
    """The stack's outputs as `pulumi stack output --json` shows them, secrets masked."""
    found: dict[str, Any] = masked(_outputs(file))
    return found


def outputs_in_clear(file: Path, cipher: Cipher) -> dict[str, Any]:
    """The stack's outputs as `pulumi stack output --json --show-secrets` shows them."""
    found: dict[str, Any] = unmarked(cipher.in_clear(_outputs(file)))
    return found


def masked(value: Any) -> Any:
    if isinstance(value, dict):
        return "[secret]" if SIGNATURE in value else {name: masked(each) for name, each in value.items()}
    return [masked(each) for each in value] if isinstance(value, list) else value


def unmarked(value: Any) -> Any:
    """A value in clear, without the marks of secrets."""
    if isinstance(value, dict):
        if "plaintext" in value:
            return json.loads(value["plaintext"])
        return {name: unmarked(each) for name, each in value.items()}
    return [unmarked(each) for each in value] if isinstance(value, list) else value


def _outputs(file: Path) -> Any:
    (stack,) = [each for each in state(file)["deployment"]["resources"] if each["type"] == STACK]
    return stack.get("outputs", {})
