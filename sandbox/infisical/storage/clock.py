"""The fake's clock: the machine's time, unless a test sets its own."""

from __future__ import annotations

import time
from datetime import UTC, datetime


class Clock:
    """A clock that a test can advance or stop, so that no test waits for an expiry or meets one by chance."""

    def __init__(self) -> None:
        self._ahead = 0.0
        self._held: float | None = None

    def reset(self) -> None:
        """Return to the machine's time."""
        self._ahead, self._held = 0.0, None

    def now(self) -> float:
        """Seconds since the epoch."""
        return (time.time() if self._held is None else self._held) + self._ahead

    def hold(self) -> None:
        """From now on time passes by `advance` only."""
        self._held = time.time()

    def advance(self, seconds: float) -> None:
        self._ahead += seconds

    def stamp(self) -> str:
        """Now, as the API writes it: `2026-11-22T02:51:10.587Z`."""
        moment = datetime.fromtimestamp(self.now(), UTC)
        return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03d}Z"


def seconds_of(stamp: str) -> float:
    """The seconds since the epoch of a stamp."""
    return datetime.fromisoformat(stamp).timestamp()
