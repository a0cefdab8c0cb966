"""The folder of one run: readable for its owner only, gone when the run is, and if it was killed, with the next run."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
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
            shutil.rmtree(folder)


def remove_left_behind(root: Path) -> list[Path]:
    """Remove the folders of runs that are gone; gives them."""
    removed = []
    for folder in root.glob(f"{PREFIX}*"):
        # In a folder that all may write to, another user's is none of ours, and a link leads anywhere.
        if folder.is_symlink() or folder.stat().st_uid != os.getuid() or not _is_left_behind(folder):
            continue
        shutil.rmtree(folder)
        removed.append(folder)
    return removed


def _is_left_behind(folder: Path) -> bool:
    try:
        with (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        # Its own run is removing it, or was killed while it did.
        return folder.exists()
    return True
