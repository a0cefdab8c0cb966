"""The engine's log, as a plugin writes to it."""

from __future__ import annotations

import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2


class EngineLog:
    """
    Messages for the user, shown next to the resource that they are about.

    :param address: the address of the engine's own service; None drops every message
    """

    def __init__(self, address: str | None) -> None:
        self.address = address
        self._engine = engine_pb2_grpc.EngineStub(grpc.aio.insecure_channel(address)) if address else None

    async def info(self, message: str, urn: str = "") -> None:
        await self._write(engine_pb2.INFO, message, urn)

    async def warning(self, message: str, urn: str = "") -> None:
        await self._write(engine_pb2.WARNING, message, urn)

    async def status(self, message: str, urn: str = "", *, warning: bool = False) -> None:
        """Show progress: the next status replaces it, and the final output omits it."""
        await self._write(engine_pb2.WARNING if warning else engine_pb2.INFO, message, urn, ephemeral=True)

    async def _write(
        self, severity: engine_pb2.LogSeverity.ValueType, message: str, urn: str, *, ephemeral: bool = False
    ) -> None:
        if self._engine is None:
            return
        request = engine_pb2.LogRequest(severity=severity, message=message, urn=urn, ephemeral=ephemeral)
        # An engine that shuts down takes no more messages. The call in progress must not fail because of its log.
        try:
            await self._engine.Log(request)
        except grpc.aio.AioRpcError:
            self._engine = None


class Attachable:
    """The `Attach` call of a provider that a debugger started: only then does the engine send its address."""

    _log: EngineLog

    async def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        self._log = EngineLog(request.address)
        return empty_pb2.Empty()
