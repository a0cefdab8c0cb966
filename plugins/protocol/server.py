"""
A plugin's process: a gRPC server on loopback whose port is the first line of stdout.

It ends quietly when the engine interrupts it, and by itself when the engine is gone:
a killed engine tells nobody, and its plugins would stay for ever.
"""

from __future__ import annotations

import asyncio
import functools
import gc
import os
import signal
import sys
from collections.abc import Callable
from typing import Any

import grpc
import grpc.aio

from plugins.protocol.errors import ProviderError

MESSAGE_LIMIT = 400 * 1024 * 1024
"""Bytes; the engine's own limit for one message."""

ORPHAN_CHECK_SECONDS = 1.0


def serve(add_to_server: Callable[[grpc.aio.Server], None], cancel: Callable[[], None] | None = None) -> None:
    """
    Serve until interrupted, or until the parent process has ended.

    :param add_to_server: registers the servicer
    :param cancel: called once before the server stops, to give up what is under way
    """
    asyncio.run(_serve(add_to_server, cancel))


async def _serve(add_to_server: Callable[[grpc.aio.Server], None], cancel: Callable[[], None] | None) -> None:
    options = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
    server = grpc.aio.server(options=options)
    add_to_server(server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()

    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    print(port, flush=True)
    # What is loaded by now stays: it is not looked through for garbage.
    gc.freeze()
    gc.enable()

    watch = asyncio.create_task(_stop_when_orphaned(os.getppid(), stopped))
    await stopped.wait()
    watch.cancel()
    if cancel:
        cancel()
    await server.stop(grace=None)
    # What is left ends with the process, without a last look through it.
    gc.freeze()


async def _stop_when_orphaned(parent: int, stopped: asyncio.Event) -> None:
    # Polled, for want of an event: a signal of the parent's death exists on Linux only.
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(ORPHAN_CHECK_SECONDS)
    stopped.set()


def answers(method: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate an rpc: a `ProviderError` becomes its status, anything else an Unknown status with its type and text."""

    @functools.wraps(method)
    async def answer(self: Any, request: Any, context: grpc.aio.ServicerContext) -> Any:
        try:
            return await method(self, request, context)
        except ProviderError as error:
            details = error.status_details()
            metadata = (("grpc-status-details-bin", details),) if details else ()
            await context.abort(error.code, error.message, metadata)

    return answer


def engine_address() -> str | None:
    """The address of the engine's own service: the plugin's last argument, after flags such as `-v=9`."""
    return sys.argv[-1] if len(sys.argv) > 1 else None
