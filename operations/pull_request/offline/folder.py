"""The folder of one run: readable for its owner only, gone when the run is, and if it was killed, with the next run."""

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
    A new folder with mode 0700, which is removed at the end, with whatever it holds.

    First those of runs that were killed are removed. Each run holds a lock in its folder, which ends with its process.
    """
    root = Path(tempfile.gettempdir())
    remove_left_behind(root)
    draft = Path(tempfile.mkdtemp(prefix=_DRAFT, dir=root))
    with (draft / _LOCK).open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        # Only what is locked has the name that others look for.
        folder = draft.rename(root / draft.name.replace(_DRAFT, PREFIX))
        try:
            yield folder
        finally:
            _remove(folder)


def remove_left_behind(root: Path) -> list[Path]:
    """Remove the folders of runs that are gone; gives them."""
    return [folder for folder in sorted(root.glob(f"{PREFIX}*")) if _is_ours(folder) and _removed(folder)]


def _is_ours(folder: Path) -> bool:
    """In a folder that all may write to, another user's is none of ours, and a link leads anywhere."""
    try:
        found = folder.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid()


def _removed(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            # Under its lock, so that two that find it are not in each other's way.
            _remove(folder)
    except (BlockingIOError, FileNotFoundError):
        return False
    return True


def _remove(folder: Path) -> None:
    """Remove a folder whose lock is held, the lock last: what was not removed is found again."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry)
        elif entry.name != _LOCK:
            entry.unlink()
    shutil.rmtree(folder)
