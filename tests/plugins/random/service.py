"""The provider behind a real gRPC server, called as the engine calls it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import grpc
import grpc.aio
from google.protobuf.message import Message
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from plugins.random.provider import RandomProvider
from tooling.plugin.engine_log import EngineLog
from tooling.plugin.properties import Properties, Value, from_struct, to_struct

URN = "urn:pulumi:test::project::random:index/randomPassword:RandomPassword::thing"


@dataclass(frozen=True)
class Service:
    stub: provider_pb2_grpc.ResourceProviderStub

    async def call(self, method: str, request: Message) -> tuple[Message | None, tuple[str, str] | None]:
        """Return the answer, or the failure's code (in Go's spelling) and text."""
        try:
            return await getattr(self.stub, method)(request), None
        except grpc.aio.AioRpcError as error:
            return None, (error.code().name.title().replace("_", ""), error.details() or "")

    async def check(self, **inputs: Value) -> list[str]:
        """Return the reasons of the failures."""
        request = provider_pb2.CheckRequest(urn=URN, news=to_struct(inputs))
        response = await self.stub.Check(request)
        assert from_struct(response.inputs) == inputs
        return [failure.reason for failure in response.failures]

    async def create(self, *, preview: bool = False, **inputs: Value) -> tuple[str, Properties]:
        """Return the id and the outputs of a new password."""
        request = provider_pb2.CreateRequest(urn=URN, properties=to_struct(inputs), preview=preview)
        response = await self.stub.Create(request)
        return response.id, from_struct(response.properties)

    async def diff(
        self, olds: Properties, news: Properties, ignored: tuple[str, ...] = ()
    ) -> tuple[list[str], list[str]]:
        """Return the names that change, and those that replace."""
        request = provider_pb2.DiffRequest(urn=URN, olds=to_struct(olds), news=to_struct(news), ignoreChanges=ignored)
        response = await self.stub.Diff(request)
        some = provider_pb2.DiffResponse.DIFF_SOME if response.diffs else provider_pb2.DiffResponse.DIFF_NONE
        assert response.changes == some
        return list(response.diffs), list(response.replaces)

    async def update(self, olds: Properties, news: Properties, *, preview: bool = False) -> Properties:
        request = provider_pb2.UpdateRequest(urn=URN, olds=to_struct(olds), news=to_struct(news), preview=preview)
        return from_struct((await self.stub.Update(request)).properties)

    async def read(
        self, id: str, properties: Properties | None = None, inputs: Properties | None = None
    ) -> tuple[str, Properties, Properties]:
        """Return the id, the outputs and the inputs; without properties this is an import."""
        request = provider_pb2.ReadRequest(
            id=id, urn=URN, properties=to_struct(properties or {}), inputs=to_struct(inputs or {})
        )
        response = await self.stub.Read(request)
        return response.id, from_struct(response.properties), from_struct(response.inputs)


@asynccontextmanager
async def served(engine: str | None = None) -> AsyncIterator[Service]:
    """Serve the provider on a free port of loopback; it logs to the engine at this address."""
    server = grpc.aio.server()
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(RandomProvider(EngineLog(engine)), server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield Service(provider_pb2_grpc.ResourceProviderStub(channel))
    finally:
        await server.stop(grace=None)
