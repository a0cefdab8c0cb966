"""Time and randomness, so that tests can replace both."""

from __future__ import annotations

import asyncio
import random
import time


class Clock:
    """The machine's own clock."""

    def now(self) -> float:
        """A monotonic time in seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def jitter(self, most: float) -> float:
        """A random duration between half of `most` and `most`: callers that failed together do not retry together."""
        return random.uniform(most / 2, most)
