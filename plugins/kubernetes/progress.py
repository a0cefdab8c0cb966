"""Status lines and messages next to a resource."""

from __future__ import annotations

from tooling.plugin.engine_log import EngineLog


class Progress:
    """The status line of one resource: shows each message once, and is cleared at the end."""

    def __init__(self, log: EngineLog, urn: str) -> None:
        self._log = log
        self._urn = urn
        self._shown: set[str] = set()

    async def show(self, message: str, *, warning: bool = False) -> None:
        if message and message not in self._shown:
            self._shown.add(message)
            await self._log.status(message, self._urn, warning=warning)

    async def clear(self) -> None:
        if self._shown:
            self._shown.clear()
            await self._log.status("", self._urn)

    async def warn(self, message: str) -> None:
        """Log a warning that stays."""
        await self._log.warning(message, self._urn)

    async def info(self, message: str) -> None:
        await self._log.info(message, self._urn)
