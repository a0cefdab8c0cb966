"""The commands that run now, so that one call can end them all."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import grpc

from plugins.protocol.errors import ProviderError

Result = TypeVar("Result")


class Running:
    """Runs commands until it is cancelled; then they end, and no further one begins."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cancelled = False

    def cancel(self) -> None:
        """End what runs: each caller of `run` gets an error."""
        self._cancelled = True
        for task in self._tasks:
            task.cancel()

    async def run(self, command: Coroutine[Any, Any, Result]) -> Result:
        """
        The command's result.

        :raises ProviderError: it was cancelled, or everything was
        """
        task = asyncio.ensure_future(command)
        if self._cancelled:
            task.cancel()
        self._tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            raise ProviderError("the command was cancelled before it ended", grpc.StatusCode.CANCELLED) from None
        finally:
            self._tasks.discard(task)
