"""
Local processes that never outlive the provider.

A command runs in a process group whose leader is a guard: a shell that reads from a pipe which
only the provider can write to. When a command finishes, the provider writes a line and the guard exits.
When the pipe closes without a line, the provider is gone, and the guard kills the group: the command
and its children. `PR_SET_PDEATHSIG` covers neither grandchildren nor other systems than Linux.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import Coroutine, Mapping, Sequence
from types import TracebackType
from typing import Any, TypeVar

import grpc

from plugins.command.output import CommandOutput, Stream
from plugins.protocol.errors import ProviderError

GUARD = 'trap "" HUP INT TERM; read -r _ || kill -s KILL 0'

CHUNK = 64 * 1024

Result = TypeVar("Result")


class ProcessGroup:
    """A guarded process group: left normally, what still runs in it may stay; left by an exception, it is killed."""

    id: int

    async def __aenter__(self) -> ProcessGroup:
        read_end, self._write_end = os.pipe()
        try:
            self._guard = await asyncio.create_subprocess_exec(
                "/bin/sh",
                "-c",
                GUARD,
                stdin=read_end,
                stdout=asyncio.subprocess.DEVNULL,
                stderr=asyncio.subprocess.DEVNULL,
                env={},
                process_group=0,
            )
        except BaseException:
            os.close(self._write_end)
            raise
        finally:
            os.close(read_end)
        self.id = self._guard.pid
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if error is None:
            # A command that killed its own group has no guard left to tell.
            with contextlib.suppress(BrokenPipeError):
                os.write(self._write_end, b"\n")
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.id, signal.SIGKILL)
        os.close(self._write_end)
        await self._guard.wait()


async def run_process(
    arguments: Sequence[str | bytes],
    *,
    directory: str | None,
    environment: Mapping[bytes, bytes],
    stdin: bytes,
    output: CommandOutput,
) -> int:
    """
    Run a program to its end, and to the end of its output.

    :returns: its exit code; negative for the signal that ended it
    :raises OSError: it cannot be started
    """
    process: asyncio.subprocess.Process | None = None
    try:
        async with ProcessGroup() as group:
            process = await asyncio.create_subprocess_exec(
                *arguments,
                cwd=directory,
                env=environment,
                stdin=asyncio.subprocess.PIPE if stdin else asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.PIPE,
                process_group=group.id,
            )
            async with asyncio.TaskGroup() as transfers:
                if process.stdin:
                    transfers.create_task(_feed(process.stdin, stdin))
                transfers.create_task(_pump(process.stdout, "stdout", output))
                transfers.create_task(_pump(process.stderr, "stderr", output))
            await output.finish()
            return await process.wait()
    finally:
        # A killed command is waited for too: nothing of it is left when this returns.
        if process:
            await process.wait()


async def _feed(stream: asyncio.StreamWriter, data: bytes) -> None:
    # A command need not read its input.
    with contextlib.suppress(BrokenPipeError, ConnectionResetError):
        stream.write(data)
        await stream.drain()
    stream.close()


async def _pump(reader: asyncio.StreamReader | None, stream: Stream, output: CommandOutput) -> None:
    assert reader is not None
    while chunk := await reader.read(CHUNK):
        await output.receive(stream, chunk)


class Running:
    """Runs commands until it is cancelled; after that they end and no command starts."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()
        self._cancelled = False

    def cancel(self) -> None:
        """End the running commands: each caller of `run` gets an error."""
        self._cancelled = True
        for task in self._tasks:
            task.cancel()

    async def run(self, command: Coroutine[Any, Any, Result]) -> Result:
        """
        The command's result.

        :raises ProviderError: it was cancelled, or everything was
        """
        task = asyncio.ensure_future(command)
        if self._cancelled:
            task.cancel()
        self._tasks.add(task)
        try:
            return await task
        except asyncio.CancelledError:
            if not self._cancelled:
                raise
            raise ProviderError("the command was cancelled before it ended", grpc.StatusCode.CANCELLED) from None
        finally:
            self._tasks.discard(task)
