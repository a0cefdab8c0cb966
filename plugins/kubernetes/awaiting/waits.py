"""Waits that end: at a time limit, or at the user's interrupt."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from plugins.kubernetes.objects.kubernetes_object import TIMEOUT_SECONDS, KubernetesObject


class Waits:
    """All current waits of the provider."""

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
        """End all current and future waits."""
        self.cancelled = True
        for scope in self._scopes:
            scope.reschedule(asyncio.get_running_loop().time())


def time_limit(requested: float, inputs: KubernetesObject, default: float) -> float:
    """Seconds to wait: the resource's custom timeout, else its annotation, else the default."""
    if requested:
        return requested
    annotated = inputs.annotation(TIMEOUT_SECONDS)
    return float(annotated) if annotated.isdigit() else default
