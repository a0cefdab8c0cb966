"""Runs a program to its end; the program and its children end with this process."""

from __future__ import annotations

import contextlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tooling.errors import ToolingError
from tooling.processes import spawn
from tooling.processes.family import kill_family
from tooling.processes.interrupts import deferred_interrupts

LONGEST_SECONDS: Final = 300.0
"""How long a program may run, by default."""


class TimedOut(ToolingError):
    """A program did not end in time; it was killed with all its children."""


@dataclass(frozen=True)
class Done:
    """The exit code and the output of a program."""

    returncode: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)


def run_tethered(
    argv: Sequence[str], cwd: Path, environment: Mapping[str, str], record: Path, longest: float | None = None
) -> Done:
    """
    Run a program with an empty stdin.

    A timeout or an interrupt kills the program and all its children. If this process is killed, the kernel kills the
    program.

    :param record: the file that receives its pid
    :param longest: its time limit in seconds; LONGEST_SECONDS by default
    :raises TimedOut: the program did not end in time
    """
    seconds = LONGEST_SECONDS if longest is None else longest
    process: subprocess.Popen[str] | None = None
    with contextlib.ExitStack() as opened:
        try:
            with deferred_interrupts():
                process = subprocess.Popen(
                    spawn.tethered(argv, record),
                    cwd=cwd,
                    env=dict(environment),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    text=True,
                    errors="replace",
                    # Ctrl-C must reach only this process, which then ends its children in order.
                    start_new_session=True,
                )
                opened.enter_context(process)
            stdout, stderr = process.communicate(timeout=seconds)
        except BaseException as error:
            if process:
                kill_family(process.pid)
            if not isinstance(error, subprocess.TimeoutExpired):
                raise
            problem = (
                f"Timed out after {seconds:.0f} s: {Path(argv[0]).name} {argv[-1]} in {cwd.name}. It was "
                "killed. Check what the program of that revision waits for, then run the command again. If it only "
                "needs longer, raise --timeout-seconds."
            )
            raise TimedOut(problem) from error
    return Done(process.returncode, stdout, stderr)
