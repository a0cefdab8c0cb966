"""The fake's time: the machine's, unless a test has its own."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """Time that can be moved forward and held still, so that no test waits for an expiry or fears one."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._held: float | None = None

    def now(self) -> float:
        """Seconds since the epoch."""
        return (time.time() if self._held is None else self._held) + self._ahead

    def hold(self) -> None:
        """From now on time passes by `advance` only."""
        self._held = time.time()

    def reset(self) -> None:
        """Return to the machine's own time."""
        self._ahead, self._held = 0.0, None

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def stamp(self) -> str:
        """Now, as the API writes it: `2026-11-22T02:51:10.587Z`."""
        moment = datetime.fromtimestamp(self.now(), UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def seconds_of(stamp: str) -> float:
    """The epoch seconds of a stamp."""
    return datetime.fromisoformat(stamp).timestamp()
