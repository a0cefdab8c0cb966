"""The folder of one run. Only its owner can read it. The run removes it, or the next run if that one is killed."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

PREFIX: Final = "homelab-preview-"
_DRAFT: Final = ".homelab-preview-draft-"
_LOCK: Final = "lock"


@contextlib.contextmanager
def throw_away_folder() -> Iterator[Path]:
    """
    Create a folder with mode 0700, and remove it after the block.

    First, remove the folders of killed runs. Each run holds a lock in its folder, which ends with its process.
    """
    root = Path(tempfile.gettempdir())
    remove_left_behind(root)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=root))
    with (draft / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Other runs look for this name. A folder has it only once it is locked.
        folder = draft.rename(root / draft.name.replace(_DRAFT, PREFIX))
        try:
            yield folder
        finally:
            _remove(folder)


def remove_left_behind(root: Path) -> list[Path]:
    """Remove the folders of runs that have ended, and return their paths."""
    return [folder for folder in sorted(root.glob(f"{PREFIX}*")) if _is_ours(folder) and _removed(folder)]


def _is_ours(folder: Path) -> bool:
    """Any user can write to the temporary folder: ignore links, and folders of other users."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _removed(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # While the lock is held, so that two runs do not remove the same folder at once.
            _remove(folder)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _remove(folder: Path) -> None:
    """Remove a folder whose lock is held. The lock goes last, so that the next run finds what could not be removed."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()
    shutil.rmtree(folder)
