"""A clock whose time passes only during `sleep`."""

from __future__ import annotations

from collections.abc import Callable

from infisical.api.http.clock import Clock


class TestClock(Clock):
    """`slept` records every pause. `also` is called with each one, for example to advance the clock of a fake."""

    __test__ = False

    def __init__(self, also: Callable[[float], None] = lambda seconds: None) -> None:
        self.slept: list[float] = []
        self._now = 1000.0
        self._also = also

    def now(self) -> float:
        return self._now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self._now += seconds
        self._also(seconds)

    def jitter(self, most: float) -> float:
        return most
