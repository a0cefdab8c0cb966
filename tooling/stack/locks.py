"""
The file backend's lock on a stack, which a killed pulumi leaves behind.

The backend keeps one file for each holder, with the process, the machine and the time.
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
    """The holder of the lock."""

    pid: int
    host: str
    since: datetime.datetime

    @property
    def is_here(self) -> bool:
        """The holder is on this machine."""
        return self.host == socket.gethostname()

    @property
    def is_stale(self) -> bool:
        """Its process has ended, or a later process has its pid. Processes of other machines are unknown."""
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
    Return every lock in a folder and its subfolders.

    :param folder: the `lock_folder` of one stack, or of a whole backend
    """
    found = []
    for file in sorted(folder.rglob("*.json")):
        try:
            content = json.loads(file.read_text())
        except FileNotFoundError:  # released in the meantime
            continue
        since = datetime.datetime.fromisoformat(content["timestamp"])
        found.append(Lock(content["pid"], content["hostname"], since))
    return found


def lock_folder(state: Path, project: str = "", stack: str = "") -> Path:
    """Return the folder with the locks of a stack, or of all stacks, for the backend in the folder `state`."""
    return state / ".pulumi" / "locks" / (f"organization/{project}/{stack}" if project else "")
