"""The folder outside the checkout that keeps built programs: one folder for each set of pins."""

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
    # The specification says to ignore a relative path.
    return (Path(base) if Path(base).is_absolute() else Path.home() / ".cache") / "homelab-sandbox"


@contextlib.contextmanager
def locked(path: Path, say: Callable[[str], None], what: str) -> Iterator[None]:
    """
    Hold the lock of the file. A second caller prints that it waits. The lock ends with its process, even a killed one.
    The holder may remove the file.

    :param what: names the work under the lock, for the line that is printed
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(path.open("a+"))
        _lock(file, say, what)
        while not _is_at(file, path):  # the holder removed it
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
        say(f"waiting for {what} (process {file.read().strip() or 'unknown'})")
        fcntl.flock(file, fcntl.LOCK_EX)


def _is_at(file: TextIO, path: Path) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False


@dataclass(frozen=True)
class StageTime:
    """How long a stage of a build took, in seconds; `cpu` is the sum of all its processes."""

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
