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
    def is_stale(self) -> bool:
        """Its process is gone; a younger one with the same pid is another. Of other machines nothing is known."""
        if self.host != socket.gethostname():
            return False
        try:
            born = psutil.Process(self.pid).create_time()
        except psutil.NoSuchProcess:
            return True
        return born > self.since.timestamp() + CLOCK_SECONDS


def locks(state: Path, project: str, stack: str) -> list[Lock]:
    """
    The locks on one stack.

    :param state: the backend's folder
    """
    folder = state / ".pulumi" / "locks" / "organization" / project / stack
    found = []
    for file in sorted(folder.glob("*.json")):
        try:
            content = json.loads(file.read_text())
        except FileNotFoundError:  # released meanwhile
            continue
        since = datetime.datetime.fromisoformat(content["timestamp"])
        found.append(Lock(content["pid"], content["hostname"], since))
    return found
