"""
A plugin's process: a gRPC server on loopback whose port is the first line of stdout.

It ends when the engine interrupts it, and when the engine is gone: a killed engine cannot stop its plugins.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import signal
import sys
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

import grpc.aio

from tooling.plugin.engine_log import EngineLog

MESSAGE_LIMIT: Final = 400 * 1024 * 1024
"""Bytes; the engine's own limit for one message."""

ORPHAN_CHECK_SECONDS: Final = 1.0

Servicer = TypeVar("Servicer")


def serve(
    make: Callable[[EngineLog], Servicer],
    register: Callable[[Servicer, grpc.aio.Server], None],
    *,
    cancel: Callable[[Servicer], Awaitable[None] | None] | None = None,
    close: Callable[[Servicer], Awaitable[None]] | None = None,
) -> None:
    """
    Serve until interrupted, or until the parent process has ended.

    :param make: creates the servicer, inside the event loop that its channels belong to
    :param register: adds the servicer to the server
    :param cancel: runs before the server stops, to cancel the calls in progress
    :param close: runs after the server has stopped
    """
    asyncio.run(_serve(make, register, cancel, close))


async def _serve(
    make: Callable[[EngineLog], Servicer],
    register: Callable[[Servicer, grpc.aio.Server], None],
    cancel: Callable[[Servicer], Awaitable[None] | None] | None,
    close: Callable[[Servicer], Awaitable[None]] | None,
) -> None:
    options = [("grpc.max_receive_message_length", MESSAGE_LIMIT), ("grpc.max_send_message_length", MESSAGE_LIMIT)]
    server = grpc.aio.server(options=options)
    servicer = make(EngineLog(engine_address()))
    register(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()

    stopped = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopped.set)
    print(port, flush=True)
    # Loaded modules are never garbage: freezing them keeps every later collection short.
    gc.freeze()
    gc.enable()

    watch = asyncio.create_task(_stop_when_orphaned(os.getppid(), stopped))
    await stopped.wait()
    hide_cancelled_calls(asyncio.get_running_loop())
    watch.cancel()
    if cancel:
        cancelling = cancel(servicer)
        if inspect.isawaitable(cancelling):
            await cancelling
    await server.stop(grace=None)
    if close:
        await close(servicer)
    # The process ends here: a last collection would only take time.
    gc.freeze()


def hide_cancelled_calls(loop: asyncio.AbstractEventLoop) -> None:
    """
    Report no CancelledError any more; every other error is reported as before.

    A server that stops cancels its calls. Where nothing awaits such a call any more, Python prints a traceback on
    stderr, where the user sees it.
    """
    report = sys.unraisablehook

    def report_ignored(ignored: sys.UnraisableHookArgs) -> None:
        if not isinstance(ignored.exc_value, asyncio.CancelledError):
            report(ignored)

    def report_from_loop(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        if not isinstance(context.get("exception"), asyncio.CancelledError):
            loop.default_exception_handler(context)

    sys.unraisablehook = report_ignored
    loop.set_exception_handler(report_from_loop)


async def _stop_when_orphaned(parent: int, stopped: asyncio.Event) -> None:
    # Polled, because only Linux can signal the death of the parent.
    while os.getppid() == parent:  # noqa: ASYNC110
        await asyncio.sleep(ORPHAN_CHECK_SECONDS)
    stopped.set()


def engine_address() -> str | None:
    """Return the address of the engine's own service: the last argument, after flags such as `--logtostderr`."""
    return sys.argv[-1] if len(sys.argv) > 1 else None
