"""Files that are complete or not there: a crash or a power failure never leaves a part. Most are private."""

from __future__ import annotations

import os
from pathlib import Path
from typing import BinaryIO


def write_private(path: Path, content: str | bytes) -> None:
    """Write the file with mode 0600, as `write_whole` does."""
    write_whole(path, content, 0o600)


def write_whole(path: Path, content: str | bytes, mode: int) -> None:
    """
    Write the file with this mode, independent of the umask.

    A reader sees the old content or the new. When this returns, the new content is on the disk.
    """
    data = content.encode() if isinstance(content, str) else content
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    draft.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def open_log(path: Path) -> BinaryIO:
    """Open a file with mode 0600 for appending and reading."""
    return os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600), "rb+")
