"""Time that passes only when somebody sleeps."""

from __future__ import annotations

from collections.abc import Callable

from infisical.api.http.clock import Clock


class TestClock(Clock):
    """`slept` is every pause that was made; `also` is told of each, such as a stand-in's own clock."""

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
