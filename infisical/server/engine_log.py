"""The engine's log, as the provider writes to it."""

from __future__ import annotations

import grpc.aio
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc


class EngineLog:
    """Messages for the user, shown beside the resource that they are about."""

    def __init__(self, address: str | None) -> None:
        self._engine = engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(address)) if address else None

    async def info(self, message: str, urn: str = "") -> None:
        await self._write(engine_pb2.INFO, message, urn)

    async def warning(self, message: str, urn: str = "") -> None:
        await self._write(engine_pb2.WARNING, message, urn)

    async def status(self, message: str, urn: str = "") -> None:
        """Progress: shown while it is true, and not kept."""
        await self._write(engine_pb2.INFO, message, urn, ephemeral=True)

    async def _write(
        self, severity: engine_pb2.LogSeverity.ValueType, message: str, urn: str, *, ephemeral: bool = False
    ) -> None:
        if self._engine is None:
            return
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        # An engine that is going away takes no more messages; the call that is under way matters, its log does not.
        try:
            await self._engine.Log(request)
        except grpc.aio.AioRpcError:
            self._engine = None
