"""
How far a rotation is: one file per rotation, `.rotation/<stack>/<id>/journal.json`, written after each step.

It holds names, times and a keyed hash of the old key, and no value.
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

    :param id: when it began, in letters that a database's name may hold
    :param begun: steps by name → when each was begun; of an undo, its own steps
    :param done: steps by name → when each was done
    :param undoing: whether it is on its way back
    :param replicas: the Deployments of Infisical by name → how many pods each had
    :param old_key: a keyed hash of the key to be replaced
    """

    id: str
    stack: str
    begun: Mapping[str, str] = field(default_factory=dict)
    done: Mapping[str, str] = field(default_factory=dict)
    undoing: bool = False
    outcome: Outcome = ""
    replicas: Mapping[str, int] = field(default_factory=dict)
    old_key: str = ""

    def beginning(self, step: str) -> Journal:
        return replace(self, begun={**self.begun, step: _now()})

    def having_done(self, step: str) -> Journal:
        return replace(self, done={**self.done, step: _now()})


class Record:
    """The folder of one rotation: its journal, the export, the stack's state before it, and what commands said."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.export = folder / "export.json"
        self.state = folder / "state.json"
        self.log = folder / "commands.log"
        self.journal: Journal = _read(folder / FILE)

    def write(self, journal: Journal) -> None:
        write_private(self.folder / FILE, json.dumps(asdict(journal), indent=1).encode())
        self.journal = journal

    def discard(self) -> None:
        """Remove a rotation in which nothing was changed yet."""
        shutil.rmtree(self.folder)


def begin(project: Path, stack: str) -> Record:
    """Make the folder of a new rotation."""
    journal = Journal(datetime.datetime.now(datetime.UTC).strftime("%Y%m%d_%H%M%S"), stack)
    folder = project / FOLDER / stack / journal.id
    folder.mkdir(mode=0o700, parents=True)
    write_private(folder / FILE, json.dumps(asdict(journal), indent=1).encode())
    return Record(folder)


@contextlib.contextmanager
def alone(project: Path, stack: str) -> Iterator[None]:
    """
    Keep every other rotation of the stack out, until the block or the process ends, however it ends.

    :raises Refused: another one works on it
    """
    folder = project / FOLDER / stack
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _hold(descriptor, stack)
        yield
    finally:
        os.close(descriptor)


def _hold(descriptor: int, stack: str) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        message = (
            f"another rotation of ENCRYPTION_KEY works on the stack {stack}: wait for its end, then run this again"
        )
        raise Refused(message) from None


def latest(project: Path, stack: str) -> Record | None:
    """The stack's last rotation, whether it has ended or not."""
    found = sorted((project / FOLDER / stack).glob(f"*/{FILE}"))
    return Record(found[-1].parent) if found else None


def _read(path: Path) -> Journal:
    return Journal(**json.loads(path.read_text()))


def _now() -> str:
    return datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
