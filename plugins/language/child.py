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
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

RUNNER = Path(__file__).with_name("runner.py")

GRACE_SECONDS = 2.0
"""How long an interrupted process may take to end before it is killed; the engine gives the host five."""


@dataclass(eq=False)
class Child:
    """A running process. `interrupted` says whether the host has asked it to end."""

    process: asyncio.subprocess.Process
    lifeline: int
    interrupted: bool = False

    def interrupt(self) -> None:
        """Ask the process and everything it started to end."""
        self.interrupted = True
        self._signal(signal.SIGINT)

    async def wait(self) -> int:
        """Its exit code (negative: the signal that ended it). Cancelled, it ends the process first."""
        try:
            return await self.process.wait()
        except asyncio.CancelledError:
            await self.end()
            raise

    async def end(self) -> None:
        """Interrupt, wait a moment, kill what is left."""
        self.interrupt()
        try:
            await asyncio.wait_for(self.process.wait(), GRACE_SECONDS)
        except TimeoutError:
            pass
        finally:
            self._signal(signal.SIGKILL)

    def _signal(self, number: signal.Signals) -> None:
        # The process is the leader of its group, which lives for as long as any member does.
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


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
            process = await asyncio.create_subprocess_exec(
                interpreter,
                str(RUNNER),
                str(lifeline_end),
                *arguments,
                cwd=directory,
                env=environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE if piped else None,
                stderr=asyncio.subprocess.PIPE if piped else None,
                pass_fds=[lifeline_end],
                process_group=0,
            )
        except BaseException:
            os.close(lifeline)
            raise
        finally:
            signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
            os.close(lifeline_end)
        child = Child(process, lifeline)
        self._running.add(child)
        try:
            yield child
        finally:
            self._running.discard(child)
            if process.returncode is None:
                await child.end()
            # Like the engine's own interrupt at the end of a run: for what the process left behind.
            child.interrupt()
            os.close(lifeline)
