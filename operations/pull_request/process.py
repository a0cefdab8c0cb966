"""Runs a program to its end; it and what it starts never outlive this process."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import psutil

from operations.errors import OperationError
from tooling.processes import spawn

LONGEST_SECONDS: Final = 300.0


@dataclass(frozen=True)
class Done:
    """How it ended, and all that it printed."""

    code: int
    stdout: str = field(repr=False)
    stderr: str = field(repr=False)


def run(argv: Sequence[str], cwd: Path, environment: Mapping[str, str], record: Path) -> Done:
    """
    Run it without anything on its stdin.

    Where it does not end in time, or this is interrupted, it and all that it has started are killed; where this
    process is killed, the kernel kills it.

    :param record: a file for its pid
    :raises OperationError: it did not end in time
    """
    tethered = [sys.executable, "-I", "-S", spawn.__file__, str(record), str(os.getpid()), *argv]
    with subprocess.Popen(
        tethered,
        cwd=cwd,
        env=dict(environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        # Ctrl-C is for this process, which then ends what it has started.
        start_new_session=True,
    ) as process:
        try:
            stdout, stderr = process.communicate(timeout=LONGEST_SECONDS)
        except subprocess.TimeoutExpired as error:
            _kill(process.pid)
            problem = (
                f"{Path(argv[0]).name} {argv[-1]} in {cwd.name} did not end within {LONGEST_SECONDS:.0f} s and was "
                "ended: look for what the program of that revision waits for"
            )
            raise OperationError(problem) from error
        except BaseException:
            _kill(process.pid)
            raise
    return Done(process.returncode, stdout, stderr)


def _kill(pid: int) -> None:
    """Kill a process with all below it: plugins are in groups of their own, and would write on for a moment."""
    try:
        process = psutil.Process(pid)
        family = [*process.children(recursive=True), process]
    except psutil.NoSuchProcess:
        return
    for each in family:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(family)
