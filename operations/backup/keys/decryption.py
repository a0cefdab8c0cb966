"""Decrypts parts of a backup, with age identities or with a secret key of the user's gpg."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol

import pyrage

from declaration.cluster.backup_layout import AGE_SUFFIX, GPG_SUFFIX
from operations.backup.targets.manifest import Manifest
from operations.errors import OperationError
from operations.programs import find_program

CHUNK: Final = 64 * 1024
_AGE: Final = "AGE-SECRET-KEY-"


class Sink(Protocol):
    """Receives what is decrypted."""

    def write(self, data: bytes, /) -> Any: ...
    def flush(self) -> Any: ...


@dataclass(frozen=True)
class Keys:
    """
    :param identities: of age
    :param gpg: gpg has a secret key of one recipient
    """

    identities: tuple[object, ...] = field(default=(), repr=False)
    gpg: bool = False

    @property
    def suffix(self) -> str:
        """Of the files that these keys decrypt; empty without a key."""
        if self.identities:
            return AGE_SUFFIX
        return GPG_SUFFIX if self.gpg else ""


def find_keys(files: Sequence[Path], manifest: Manifest) -> Keys:
    """
    :param files: age identities and SSH private keys; without one, gpg is asked
    :raises OperationError: a file cannot be used
    """
    if files:
        return Keys(tuple(identity for file in files for identity in _identities(file)))
    openpgp = [each for each in manifest.recipients if not each.startswith(("age1", "ssh-"))]
    return Keys(gpg=bool(openpgp) and any(_has_secret_key(each) for each in openpgp))


def decrypt(folder: Path, part: str, keys: Keys, sink: Sink) -> None:
    """
    :param part: the name without the suffix
    :raises OperationError: the keys do not decrypt the file, or it is damaged
    """
    file = folder / f"{part}{keys.suffix}"
    if keys.identities:
        try:
            with file.open("rb") as stream:
                pyrage.decrypt_io(stream, sink, list(keys.identities))
        except (pyrage.DecryptError, OSError):
            raise _undecryptable(file, "another key, or a file that was changed") from None
        return
    argv = [str(find_program("gpg")), "--quiet", "--decrypt", str(file)]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=errors) as process,
    ):
        assert process.stdout
        try:
            while chunk := process.stdout.read(CHUNK):
                sink.write(chunk)
        except BaseException:
            process.kill()
            raise
        if process.wait():
            errors.seek(0)
            raise _undecryptable(file, errors.read().decode(errors="replace"))


def _undecryptable(file: Path, found: str) -> OperationError:
    what, expected = f"{file} cannot be decrypted", "a recipient's key, and the file as the backup wrote it"
    return OperationError(what, found=found, expected=expected, fix="use the key of a recipient, or another copy")


def _identities(file: Path) -> list[object]:
    what, fix = f"{file} cannot be used as an identity", "correct --identity, then run the command again"
    expected = "a file of age-keygen, or an SSH private key without a passphrase"
    try:
        content = file.read_bytes()
    except OSError as error:
        raise OperationError(what, found=error.strerror or type(error).__name__, fix=fix) from None
    try:
        if content.startswith(b"-----BEGIN"):
            return [pyrage.ssh.Identity.from_buffer(content)]
        lines = [line.strip() for line in content.decode().splitlines()]
        found: list[object] = [pyrage.x25519.Identity.from_str(line) for line in lines if line.startswith(_AGE)]
    except (pyrage.IdentityError, UnicodeDecodeError):
        found = []
    if not found:
        raise OperationError(what, found="no key that can be used", expected=expected, fix=fix)
    return found


def _has_secret_key(fingerprint: str) -> bool:
    argv = [str(find_program("gpg")), "--batch", "--no-tty", "--list-secret-keys", "--", fingerprint]
    return subprocess.run(argv, capture_output=True, check=False).returncode == 0
