"""The provider behind a real gRPC server, called as the engine calls it, and an engine that keeps its log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import engine_pb2_grpc, provider_pb2, provider_pb2_grpc

from plugins.command.provider import CommandProvider
from tooling.plugin.engine_log import EngineLog
from tooling.plugin.properties import Properties, from_struct, to_struct

LOCAL = "local"


def urn(kind: str) -> str:
    return f"urn:pulumi:test::project::command:{kind}:Command::thing"


class Engine(engine_pb2_grpc.EngineServicer):
    """Keeps the log: `lines` are the messages, `requests` all about them; `logged` once there is one."""

    def __init__(self) -> None:
        self.requests: list[Any] = []
        self.logged = asyncio.Event()

    @property
    def lines(self) -> list[str]:
        return [request.message for request in self.requests]

    async def Log(self, request: Any, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        self.requests.append(request)
        self.logged.set()
        return empty_pb2.Empty()


@dataclass(frozen=True)
class Service:
    stub: provider_pb2_grpc.ResourceProviderStub
    engine: Engine = field(default_factory=Engine)

    async def call(self, method: str, request: Message) -> tuple[Message | None, tuple[str, str] | None]:
        """The answer, or the failure's code (as Go spells it) and text."""
        try:
            return await getattr(self.stub, method)(request), None
        except grpc.aio.AioRpcError as error:
            return None, (error.code().name.title().replace("_", ""), error.details() or "")

    async def check(self, kind: str = LOCAL, **inputs: object) -> tuple[Properties, dict[str, str]]:
        """Return the inputs, and the failures: path → reason."""
        response = await self.stub.Check(provider_pb2.CheckRequest(urn=urn(kind), news=to_struct(inputs)))
        return from_struct(response.inputs), {failure.property: failure.reason for failure in response.failures}

    async def create(self, kind: str = LOCAL, *, preview: bool = False, **inputs: object) -> Properties:
        request = provider_pb2.CreateRequest(urn=urn(kind), properties=to_struct(inputs), preview=preview)
        return from_struct((await self.stub.Create(request)).properties)

    async def failure(self, kind: str = LOCAL, **inputs: object) -> str:
        """Return the error of a create."""
        request = provider_pb2.CreateRequest(urn=urn(kind), properties=to_struct(inputs))
        _, error = await self.call("Create", request)
        assert error, "the command succeeded"
        return error[1]

    async def diff(self, state: Properties, inputs: Properties, kind: str = LOCAL) -> Any:
        request = provider_pb2.DiffRequest(urn=urn(kind), olds=to_struct(state), news=to_struct(inputs))
        return await self.stub.Diff(request)

    async def update(
        self, state: Properties, inputs: Properties, kind: str = LOCAL, *, preview: bool = False
    ) -> Properties:
        request = provider_pb2.UpdateRequest(
            urn=urn(kind), olds=to_struct(state), news=to_struct(inputs), preview=preview
        )
        return from_struct((await self.stub.Update(request)).properties)

    async def delete(self, state: Properties, kind: str = LOCAL) -> None:
        await self.stub.Delete(provider_pb2.DeleteRequest(id="thing0", urn=urn(kind), properties=to_struct(state)))

    async def invoke(self, token: str, **arguments: object) -> Any:
        return await self.stub.Invoke(provider_pb2.InvokeRequest(tok=token, args=to_struct(arguments)))


@asynccontextmanager
async def served_engine() -> AsyncIterator[tuple[Engine, str]]:
    """Serve an engine and return it with its address."""
    engine = Engine()
    server = grpc.aio.server()
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        yield engine, f"127.0.0.1:{port}"
    finally:
        await server.stop(grace=None)


@asynccontextmanager
async def served(make: Callable[[EngineLog], CommandProvider] = CommandProvider) -> AsyncIterator[Service]:
    """Serve the provider on a free port of loopback; it logs to an engine."""
    async with served_engine() as (engine, address):
        server = grpc.aio.server()
        provider_pb2_grpc.add_ResourceProviderServicer_to_server(make(EngineLog(address)), server)
        port = server.add_insecure_port("127.0.0.1:0")
        await server.start()
        try:
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                yield Service(provider_pb2_grpc.ResourceProviderStub(channel), engine)
        finally:
            await server.stop(grace=None)
