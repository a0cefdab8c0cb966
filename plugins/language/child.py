"""
Processes that the host starts, and how they end.

Each runs `runner.py` in its own process group, with a lifeline: a pipe that the host holds open.
When the host ends, however it ends, the pipe closes and the process ends itself and its group.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import IO

RUNNER = Path(__file__).with_name("runner.py")

GRACE_SECONDS = 2.0
"""How long an interrupted process may take to end before it is killed; the engine gives the host five."""


class Child:
    """
    A running process.

    `stdout` and `stderr` are streams where it was started with `piped`; `interrupted` says whether
    the host has asked it to end.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        # Not asyncio's own subprocess: its `wait` lasts for as long as anybody holds the pipes.
        self._ended = asyncio.ensure_future(asyncio.to_thread(process.wait))
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self.interrupted = False

    async def open_streams(self) -> None:
        """Read what the process writes."""
        self.stdout = await _reader(self._process.stdout)
        self.stderr = await _reader(self._process.stderr)

    def interrupt(self) -> None:
        """Ask the process and everything it started to end."""
        self.interrupted = True
        self._signal(signal.SIGINT)

    async def wait(self) -> int:
        """Its exit code (negative: the signal that ended it)."""
        return await asyncio.shield(self._ended)

    async def end(self) -> None:
        """Interrupt, wait a moment, kill what is left."""
        self.interrupt()
        try:
            await asyncio.wait_for(self.wait(), GRACE_SECONDS)
        except TimeoutError:
            pass
        finally:
            self._signal(signal.SIGKILL)

    @property
    def is_running(self) -> bool:
        return not self._ended.done()

    def _signal(self, number: signal.Signals) -> None:
        # The process is the leader of its group, which lives for as long as any member does.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, number)


async def _reader(pipe: IO[bytes] | None) -> asyncio.StreamReader:
    assert pipe
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), pipe)
    return reader


class Children:
    """The processes of this host."""

    def __init__(self) -> None:
        self._running: set[Child] = set()

    def interrupt(self) -> None:
        """Ask every process to end."""
        for child in self._running:
            child.interrupt()

    @contextlib.asynccontextmanager
    async def started(
        self,
        interpreter: str,
        arguments: Sequence[str],
        *,
        directory: str,
        environment: Mapping[str, str],
        piped: bool = False,
    ) -> AsyncIterator[Child]:
        """
        A process for as long as the block lasts; what outlives the block is interrupted.

        :param arguments: for `runner.py`, without the lifeline
        :param piped: give stdout and stderr as streams, instead of letting them go where the host's own go
        """
        lifeline_end, lifeline = os.pipe()
        # Blocked signals stay blocked over exec: an interrupt waits until the runner can end quietly.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process = subprocess.Popen(  # noqa: ASYNC220  (asyncio's waits for the pipes, see `Child`)
                [interpreter, str(RUNNER), str(lifeline_end), *arguments],
                cwd=directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE if piped else None,
                stderr=subprocess.PIPE if piped else None,
                pass_fds=[lifeline_end],
                process_group=0,
            )
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            os.close(lifeline_end)
        child = Child(process)
        self._running.add(child)
        try:
            if piped:
                await child.open_streams()
            yield child
        finally:
            self._running.discard(child)
            if child.is_running:
                await child.end()
            # Like the engine's own interrupt at the end of a run: for what the process left behind.
            child.interrupt()
            os.close(lifeline)
