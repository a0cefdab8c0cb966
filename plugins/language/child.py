"""
The processes that the host starts, and how they end.

Each runs `runner.py` in its own process group, with a lifeline: a pipe that the host holds open. When the host ends,
even when it is killed, the pipe closes, and the process ends itself and its group.
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
"""How long an interrupted process may take to end before it is killed. The engine gives the host 5 seconds."""


class Child:
    """
    A running process.

    `stdout` and `stderr` are streams if it was started with `piped`. `interrupted` is true once the host has asked it
    to end.
    """

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        # Not asyncio's own subprocess: its `wait` waits until every holder of the pipes has ended.
        self._ended = asyncio.ensure_future(asyncio.to_thread(process.wait))
        self.stdout: asyncio.StreamReader | None = None
        self.stderr: asyncio.StreamReader | None = None
        self.interrupted = False

    async def open_streams(self) -> None:
        """Open the streams with the output of the process."""
        self.stdout = await _reader(self._process.stdout)
        self.stderr = await _reader(self._process.stderr)

    def interrupt(self) -> None:
        """Ask the process, and everything that it started, to end."""
        self.interrupted = True
        self._signal(signal.SIGINT)

    async def wait(self) -> int:
        """Return its exit code; negative for the signal that ended it."""
        return await asyncio.shield(self._ended)

    async def end(self) -> None:
        """Interrupt it, wait, and kill what is left."""
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
        # The process leads its group, which exists until its last member ends.
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
        Start a process that ends with the block. Its output is unbuffered: a plugin may print its port without a flush.

        :param arguments: for `runner.py`, without the lifeline
        :param piped: stdout and stderr become streams; otherwise they are those of the host
        """
        lifeline_end, lifeline = os.pipe()
        # A blocked signal stays blocked after exec: an interrupt waits until the runner can end without a traceback.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            process = subprocess.Popen(  # noqa: ASYNC220  (asyncio's waits for the pipes, see `Child`)
                [interpreter, "-u", str(RUNNER), str(lifeline_end), *arguments],
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
            # For what the process left behind; the engine does the same at the end of a run.
            child.interrupt()
            os.close(lifeline)
