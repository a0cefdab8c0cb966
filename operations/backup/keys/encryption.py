"""Encrypts a stream to all recipients at once: `NAME.age` and `NAME.gpg`. Nothing unencrypted reaches the disk."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final, Protocol

import pyrage

from declaration.cluster.backup_layout import AGE_SUFFIX, GPG_SUFFIX
from operations.backup.keys.recipients import Recipients, age_recipient
from operations.errors import OperationError
from operations.programs import find_program

CHUNK: Final = 64 * 1024


class Source(Protocol):
    """What is encrypted; `read` returns no bytes at the end."""

    def read(self, size: int, /) -> bytes: ...


def encrypt(source: Source, folder: Path, name: str, recipients: Recipients) -> list[str]:
    """
    Write the encrypted files, and return their names. After an error, they may be incomplete.

    :raises OperationError: gpg failed
    """
    with contextlib.ExitStack() as stack:
        copy = stack.enter_context(_gpg(folder / f"{name}{GPG_SUFFIX}", recipients))
        tee = _Tee(source, copy)
        if recipients.age:
            descriptor = os.open(folder / f"{name}{AGE_SUFFIX}", os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            file = stack.enter_context(os.fdopen(descriptor, "wb"))
            try:
                pyrage.encrypt_io(tee, file, [age_recipient(each) for each in recipients.age])
            except pyrage.EncryptError as error:
                # It has only the text of an error of the source.
                raise tee.error or _unwritten(folder, str(error)) from None
        else:
            while tee.read(CHUNK):
                pass
    kinds = ((AGE_SUFFIX, recipients.age), (GPG_SUFFIX, recipients.openpgp))
    names = [f"{name}{suffix}" for suffix, of_kind in kinds if of_kind]
    for each in names:
        _keep(folder / each)
    return names


def _unwritten(folder: Path, found: str) -> OperationError:
    return OperationError(f"The backup cannot be written to {folder.parent}", found=found, fix="run the command again")


class _Tee:
    """Reads the source, and gives gpg a copy."""

    def __init__(self, source: Source, copy: IO[bytes] | None) -> None:
        self._source = source
        self._copy = copy
        self.error: BaseException | None = None

    def read(self, size: int = -1) -> bytes:
        try:
            chunk = self._source.read(size if size > 0 else CHUNK)
            if self._copy:
                self._copy.write(chunk)
        except BaseException as error:
            self.error = error
            raise
        return chunk


@contextlib.contextmanager
def _gpg(file: Path, recipients: Recipients) -> Iterator[IO[bytes] | None]:
    """Give the stdin of a gpg that writes the file; None without a key."""
    if not recipients.openpgp:
        yield None
        return
    # The fingerprints were chosen by the user: a web of trust would only add a question.
    options = ("--batch", "--no-tty", "--quiet", "--trust-model", "always", "--encrypt", "--output", str(file))
    keys = [part for each in recipients.openpgp for part in _key(each, recipients)]
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            [str(find_program("gpg")), *options, *keys],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        ) as process,
    ):
        assert process.stdin
        try:
            yield process.stdin
            process.stdin.close()
        except BrokenPipeError:
            # gpg has ended: its exit code and its message say why.
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
        except BaseException:
            process.kill()
            with contextlib.suppress(BrokenPipeError):
                process.stdin.close()
            raise
        if process.wait():
            errors.seek(0)
            what, found = f"gpg cannot encrypt {file.name}", errors.read().decode(errors="replace")
            raise OperationError(what, found=found, fix="correct what gpg reports, then run the command again")


def _key(fingerprint: str, recipients: Recipients) -> tuple[str, str]:
    file = recipients.files.get(fingerprint)
    return ("--recipient-file", file) if file else ("--recipient", fingerprint)


def _keep(file: Path) -> None:
    """Only the owner reads the file, and it is on the disk."""
    file.chmod(0o600)
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
