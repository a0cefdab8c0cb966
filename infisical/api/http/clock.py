"""Time and chance, in one location, so that tests need neither."""

from __future__ import annotations

import asyncio
import random
import time


class Clock:
    """The machine's own."""

    def now(self) -> float:
        """A monotonic time in seconds."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def jitter(self, most: float) -> float:
        """Some duration between half of `most` and `most`: callers that failed together do not return together."""
        return random.uniform(most / 2, most)
