"""
The plugin's process: a gRPC server on loopback whose port is the first line of stdout.

The SDK's own server answers an error with a traceback; here the user gets the error's text alone.
"""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final

import grpc
import grpc.aio
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from infisical.api.errors import InfisicalError
from infisical.package import VERSION
from infisical.server.engine_log import EngineLog
from infisical.server.provider import OLD_INPUTS, InfisicalProvider

MESSAGE_LIMIT: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit for one message."""

ORPHAN_CHECK_SECONDS: Final = 1.0


class Servicer(ProviderServicer):
    """The SDK's servicer, with the errors of this provider as what they are."""

    async def Check(self, request: Any, context: Any) -> Any:
        return await _answered(super().Check(request, context), context)

    async def Diff(self, request: provider_pb2.DiffRequest, context: Any) -> Any:
        OLD_INPUTS.set(PropertyValue.unmarshal_map(request.old_inputs))
        return await _answered(super().Diff(request, context), context)

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
        await context.abort(grpc.StatusCode.CANCELLED, "interrupted; what was done stays done, run the command again")
    except Exception as error:
        # The SDK wraps what a provider raises in an exception of its own, whose text holds a traceback.
        cause = error.__context__
        if not isinstance(cause, InfisicalError):
            raise
        await context.abort(grpc.StatusCode.FAILED_PRECONDITION, str(cause))


def main(make: Callable[[EngineLog], InfisicalProvider] = InfisicalProvider) -> None:
    """
    Serve until interrupted, or until the process that started this one has ended.

    :param make: makes the provider that is served
    """
    # The engine's address is the last argument, after flags such as `--logtostderr`.
    address = sys.argv[-1] if len(sys.argv) > 1 else ""
    asyncio.run(_serve(address, make, print))


async def _serve(address: str, make: Callable[[EngineLog], InfisicalProvider], announce: Callable[..., None]) -> None:
    provider = make(EngineLog(address or None))
    options = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
    server = grpc.aio.server(options=options)
    servicer = Servicer(sys.argv[1:], VERSION, provider, engine_address=address)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    announce(port, flush=True)
    # What is loaded by now stays: it is not looked through for garbage.
    gc.freeze()
    gc.enable()
    watch = asyncio.create_task(_stop_when_orphaned(os.getppid(), stopped))
    await stopped.wait()
    watch.cancel()
    await provider.cancel()
    await server.stop(grace=None)
    await provider.close()
    # What is left ends with the process, without a last look through it.
    gc.freeze()


async def _stop_when_orphaned(parent: int, stopped: asyncio.Event) -> None:
    # Polled, for want of an event: a killed engine tells nobody.
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(ORPHAN_CHECK_SECONDS)
    stopped.set()
