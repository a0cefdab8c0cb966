"""
The progress of a rotation: `.rotation/<stack>/<id>/journal.json`, written before and after each step.

It contains names, times and a keyed hash of the old key, but no value.
"""

from __future__ import annotations

import contextlib
import datetime
import fcntl
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final, Literal

from operations.encryption_key.errors import Refused
from tooling.private_file import write_private

Outcome = Literal["", "completed", "undone"]

FOLDER: Final = ".rotation"
FILE: Final = "journal.json"
LOCK: Final = "lock"


@dataclass(frozen=True)
class Journal:
    """
    One rotation.

    :param id: its start time, in characters that are valid in the name of a database
    :param begun: when each step began, by name; the steps of an undo included
    :param done: when each step ended, by name
    :param undoing: an undo has begun
    :param outcome: empty until the rotation or the undo has ended
    :param replicas: the number of replicas of each Deployment of Infisical before the rotation
    :param old_key: a keyed hash of the old key
    """

    id: str
    stack: str
    begun: Mapping[str, str] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    undoing: bool = False
    outcome: Outcome = ""
    replicas: Mapping[str, int] = field(default_factory=dict)
    old_key: str = ""

    def with_begun(self, step: str) -> Journal:
        return replace(self, begun={**self.begun, step: _now()})

    def with_done(self, step: str) -> Journal:
        return replace(self, done={**self.done, step: _now()})


class Record:
    """The folder of one rotation: its journal, the export, the stack's earlier state, and the output of commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.export = folder / "export.json"
        self.state = folder / "state.json"
        self.log = folder / "commands.log"
        self.journal: Journal = _read(folder / FILE)

    @property
    def is_in_progress(self) -> bool:
        return not self.journal.outcome

    def write(self, journal: Journal) -> None:
        write_private(self.folder / FILE, json.dumps(asdict(journal), indent=1).encode())
        self.journal = journal

    def discard(self) -> None:
        """Remove the folder of a rotation that has changed nothing."""
        shutil.rmtree(self.folder)


def begin(project: Path, stack: str) -> Record:
    """Create the folder of a new rotation."""
    journal = Journal(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d_%H%M%S"), stack)
    folder = project / FOLDER / stack / journal.id
    folder.mkdir(mode=0o700, parents=True)
    write_private(folder / FILE, json.dumps(asdict(journal), indent=1).encode())
    return Record(folder)


@contextlib.contextmanager
def locked(project: Path, stack: str) -> Iterator[None]:
    """
    Keep other rotations from the stack until the block or the process ends.

    :raises Refused: another rotation is running
    """
    folder = project / FOLDER / stack
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _lock(descriptor, stack)
        yield
    finally:
        os.close(descriptor)


def _lock(descriptor: int, stack: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        what = f"Another rotation of ENCRYPTION_KEY is running on the stack {stack}"
        raise Refused(what, fix="wait until it has ended, then run the command again") from None


def latest(project: Path, stack: str) -> Record | None:
    """Return the stack's last rotation, ended or not."""
    found = sorted((project / FOLDER / stack).glob(f"*/{FILE}"))
    return Record(found[-1].parent) if found else None


def _read(path: Path) -> Journal:
    return Journal(**json.loads(path.read_text()))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
