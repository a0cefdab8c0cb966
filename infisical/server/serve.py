"""The process of the Infisical provider: it translates between the engine's messages and the provider."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import Callable
from typing import Any, Final

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from infisical.failures import FAILURES
from infisical.handlers.base.fields import Failure
from infisical.package import VERSION
from infisical.server.provider import InfisicalProvider
from tooling.plugin.engine_log import EngineLog
from tooling.plugin.process import serve
from tooling.plugin.properties import from_struct, to_struct

INTERRUPTED: Final = "Interrupted. Completed changes were kept; run the command again to continue."


def _answers(method: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate an rpc: a failure of Infisical or the cluster becomes its text, without a traceback."""

    @functools.wraps(method)
    async def answer(self: Any, request: Any, context: grpc.aio.ServicerContext[Any, Any]) -> Any:
        try:
            return await method(self, request, context)
        except asyncio.CancelledError:
            await context.abort(grpc.StatusCode.CANCELLED, INTERRUPTED)
        except FAILURES as error:
            await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(error))

    return answer


class Servicer(provider_pb2_grpc.ResourceProviderServicer):
    """What it does not define is unimplemented, and the engine then does without."""

    def __init__(self, provider: InfisicalProvider) -> None:
        self.provider = provider

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: Any) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    async def GetSchema(self, request: provider_pb2.GetSchemaRequest, context: Any) -> provider_pb2.GetSchemaResponse:
        # Slow to build, and only `pulumi package` and `pulumi import` ask for it.
        from infisical.server.schema import schema

        return provider_pb2.GetSchemaResponse(schema=schema())

    async def Cancel(self, request: empty_pb2.Empty, context: Any) -> empty_pb2.Empty:
        await self.provider.cancel()
        return empty_pb2.Empty()

    @_answers
    async def CheckConfig(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        failures = await self.provider.check_config(from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_messages(failures))

    @_answers
    async def Configure(self, request: provider_pb2.ConfigureRequest, context: Any) -> provider_pb2.ConfigureResponse:
        await self.provider.configure(from_struct(request.args))
        return provider_pb2.ConfigureResponse(acceptSecrets=True, supportsPreview=True)

    @_answers
    async def Invoke(self, request: provider_pb2.InvokeRequest, context: Any) -> provider_pb2.InvokeResponse:
        found = await self.provider.invoke(request.tok, from_struct(request.args))
        return provider_pb2.InvokeResponse(**{"return": to_struct(found)})

    @_answers
    async def Check(self, request: provider_pb2.CheckRequest, context: Any) -> provider_pb2.CheckResponse:
        inputs, failures = await self.provider.check(request.urn, from_struct(request.olds), from_struct(request.news))
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=_messages(failures))

    @_answers
    async def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> provider_pb2.DiffResponse:
        found = await self.provider.diff(
            request.urn,
            request.id,
            from_struct(request.olds),
            from_struct(request.news),
            from_struct(request.old_inputs),
        )
        return found.message()

    @_answers
    async def Create(self, request: provider_pb2.CreateRequest, context: Any) -> provider_pb2.CreateResponse:
        made = await self.provider.create(request.urn, from_struct(request.properties), preview=request.preview)
        return provider_pb2.CreateResponse(id=made.id, properties=to_struct(made.properties))

    @_answers
    async def Read(self, request: provider_pb2.ReadRequest, context: Any) -> provider_pb2.ReadResponse:
        found = await self.provider.read(
            request.urn, request.id, from_struct(request.properties), from_struct(request.inputs)
        )
        return provider_pb2.ReadResponse(
            id=found.id, properties=to_struct(found.properties), inputs=to_struct(found.inputs)
        )

    @_answers
    async def Update(self, request: provider_pb2.UpdateRequest, context: Any) -> provider_pb2.UpdateResponse:
        properties = await self.provider.update(
            request.urn,
            request.id,
            from_struct(request.olds),
            from_struct(request.news),
            from_struct(request.old_inputs),
            preview=request.preview,
        )
        return provider_pb2.UpdateResponse(properties=to_struct(properties))

    @_answers
    async def Delete(self, request: provider_pb2.DeleteRequest, context: Any) -> empty_pb2.Empty:
        await self.provider.delete(request.urn, request.id, from_struct(request.properties))
        return empty_pb2.Empty()


def _messages(failures: list[Failure]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(property=failure.field, reason=failure.reason) for failure in failures]


def main(make: Callable[[EngineLog], InfisicalProvider] = InfisicalProvider) -> None:
    """
    Serve until interrupted, or until the process that started this one has ended.

    :param make: creates the provider that is served
    """
    serve(
        lambda log: Servicer(make(log)),
        provider_pb2_grpc.add_ResourceProviderServicer_to_server,
        cancel=lambda served: served.provider.cancel(),
        close=lambda served: served.provider.close(),
    )
