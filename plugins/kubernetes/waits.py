"""Waiting with an end: a time limit, or the user's interrupt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from plugins.kubernetes.manifest import TIMEOUT_SECONDS, Manifest, annotation


class Waits:
    """All that the provider waits for at the moment."""

    def __init__(self) -> None:
        self._scopes: set[asyncio.Timeout] = set()
        self.cancelled = False

    @asynccontextmanager
    async def at_most(self, seconds: float) -> AsyncIterator[None]:
        """:raises TimeoutError: the time is over, or `cancel` was called (then `cancelled` is True)"""
        async with asyncio.timeout(0 if self.cancelled else seconds) as scope:
            self._scopes.add(scope)
            try:
                yield
            finally:
                self._scopes.discard(scope)

    def cancel(self) -> None:
        """End all waits, also those to come."""
        self.cancelled = True
        for scope in self._scopes:
            scope.reschedule(asyncio.get_running_loop().time())


def time_limit(requested: float, inputs: Manifest, default: float) -> float:
    """Seconds to wait: the resource's custom timeout, else its annotation, else the kind's own."""
    if requested:
        return requested
    said = annotation(inputs, TIMEOUT_SECONDS)
    return float(said) if said.isdigit() else default
