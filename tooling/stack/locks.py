"""
The file backend's lock on a stack, left behind by a pulumi that was killed.

The backend keeps one file per holder; each says which process of which machine holds the stack since when.
"""

from __future__ import annotations

import datetime
import json
import socket
from dataclasses import dataclass
from pathlib import Path

import psutil

CLOCK_SECONDS = 5.0


@dataclass(frozen=True)
class Lock:
    """Who holds the stack."""

    pid: int
    host: str
    since: datetime.datetime

    @property
    def is_here(self) -> bool:
        """It is held on this machine."""
        return self.host == socket.gethostname()

    @property
    def is_stale(self) -> bool:
        """Its process is gone; a younger one with the same pid is another. Of other machines nothing is known."""
        if not self.is_here:
            return False
        try:
            process = psutil.Process(self.pid)
            born, is_dead = process.create_time(), process.status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True
        return is_dead or born > self.since.timestamp() + CLOCK_SECONDS


def locks(folder: Path) -> list[Lock]:
    """
    Every lock in or below a folder.

    :param folder: of one stack, as `lock_folder` gives it, or of a whole backend
    """
    found = []
    for file in sorted(folder.rglob("*.json")):
        try:
            content = json.loads(file.read_text())
        except FileNotFoundError:  # released meanwhile
            continue
        since = datetime.datetime.fromisoformat(content["timestamp"])
        found.append(Lock(content["pid"], content["hostname"], since))
    return found


def lock_folder(state: Path, project: str = "", stack: str = "") -> Path:
    """Where a backend in the folder `state` keeps the locks of a stack; without one, all of them."""
    return state / ".pulumi" / "locks" / (f"organization/{project}/{stack}" if project else "")
