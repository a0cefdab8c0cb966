"""The folder outside the checkout in which finished programs stay: one folder per set of pins."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TextIO

from tooling.private_file import write_private


def cache_root() -> Path:
    """`$XDG_CACHE_HOME/homelab-sandbox`, or the same under `~/.cache`."""
    base = os.environ.get("XDG_CACHE_HOME", "")
    # The specification says that a relative path is to be ignored.
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "homelab-sandbox"


@contextlib.contextmanager
def locked(path: Path, say: Callable[[str], None], what: str) -> Iterator[None]:
    """
    Hold the file's lock; a second one waits for the first and says so. The lock ends with its process, however.
    Who holds it may remove the file.

    :param what: is done under the lock, for the line that says so
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("a+"))
        _lock(file, say, what)
        while not _is_at(file, path):  # its holder removed it
            file = stack.enter_context(path.open("a+"))
            _lock(file, say, what)
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        try:
            yield
        finally:
            file.truncate(0)


def _lock(file: TextIO, say: Callable[[str], None], what: str) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        say(f"waiting: {what} is under way in process {file.read().strip() or 'unknown'}")
        fcntl.flock(file, fcntl.LOCK_EX)


def _is_at(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class StageTime:
    """How long a stage of a build took; `cpu` are the seconds of all its processes."""

    stage: str
    key: str
    wall: float
    cpu: float
    go: str


class BuildTimes:
    """`build-times.json`: the last time of each stage of each set of pins."""

    def __init__(self, root: Path) -> None:
        self._path = root / "build-times.json"

    def read(self) -> list[StageTime]:
        try:
            return [StageTime(**entry) for entry in json.loads(self._path.read_text())]
        except FileNotFoundError:
            return []

    def record(self, new: StageTime) -> None:
        kept = [entry for entry in self.read() if (entry.stage, entry.key) != (new.stage, new.key)]
        write_private(self._path, json.dumps([asdict(entry) for entry in [*kept, new]], indent=1))
