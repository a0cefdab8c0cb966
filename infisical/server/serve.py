"""
The process of the Infisical provider.

The SDK's own server answers an error with a traceback; this one answers with the error's text alone.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from infisical.failures import FAILURES
from infisical.package import VERSION
from infisical.server.provider import OLD_INPUTS, InfisicalProvider
from tooling.plugin.engine_log import EngineLog
from tooling.plugin.process import serve

INTERRUPTED: Final = "Interrupted. Completed changes were kept; run the command again to continue."


class Servicer(ProviderServicer):
    """The SDK's servicer, with the errors of this provider without a traceback."""

    def __init__(self, arguments: list[str], provider: InfisicalProvider, engine_address: str) -> None:
        super().__init__(arguments, VERSION, provider, engine_address=engine_address)
        self.infisical = provider

    async def Check(self, request: Any, context: Any) -> Any:
        return await _answered(super().Check(request, context), context)

    async def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> Any:
        OLD_INPUTS.set(PropertyValue.unmarshal_map(request.old_inputs))
        return await _answered(super().Diff(request, context), context)

    async def Invoke(self, request: Any, context: Any) -> Any:
        return await _answered(super().Invoke(request, context), context)

    async def Create(self, request: Any, context: Any) -> Any:
        return await _answered(super().Create(request, context), context)

    async def Read(self, request: Any, context: Any) -> Any:
        return await _answered(super().Read(request, context), context)

    async def Update(self, request: provider_pb2.UpdateRequest, context: Any) -> Any:
        OLD_INPUTS.set(PropertyValue.unmarshal_map(request.old_inputs))
        return await _answered(super().Update(request, context), context)

    async def Delete(self, request: Any, context: Any) -> Any:
        return await _answered(super().Delete(request, context), context)


async def _answered(answer: Awaitable[Any], context: grpc.aio.ServicerContext[Any, Any]) -> Any:
    try:
        return await answer
    except asyncio.CancelledError:
        await context.abort(grpc.StatusCode.CANCELLED, INTERRUPTED)
    except Exception as error:
        # The SDK wraps what a provider raises in an exception of its own, whose text holds a traceback.
        cause = error.__context__
        if not isinstance(cause, FAILURES):
            raise
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(cause))


def main(make: Callable[[EngineLog], InfisicalProvider] = InfisicalProvider) -> None:
    """
    Serve until interrupted, or until the process that started this one has ended.

    :param make: creates the provider that is served
    """

    def servicer(log: EngineLog) -> Servicer:
        provider = make(log)
        return Servicer(sys.argv[1:], provider, log.address or "")

    serve(
        servicer,
        provider_pb2_grpc.add_ResourceProviderServicer_to_server,
        cancel=lambda served: served.infisical.cancel(),
        close=lambda served: served.infisical.close(),
    )
