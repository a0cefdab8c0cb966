"""A program ends with its command, even a killed one, and prints nothing about it."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.plugins.language.engine import Engine
from tests.plugins.language.hosting import is_running
from tests.waiting import PATIENCE_SECONDS, eventually

MakeProject = Callable[..., Path]

REPORT = """
import os, pathlib, subprocess, time
def report():
    other = subprocess.Popen(["sleep", "600"])
    pathlib.Path("pids.new").write_text(f"{os.getpid()} {os.getppid()} {other.pid}")
    os.rename("pids.new", "pids")
"""
BUSY_IN_ITS_CODE = REPORT + "report()\ntime.sleep(600)\n"
BUSY_IN_ITS_LOOP = (
    REPORT + "import asyncio, pulumi\nasync def main():\n    report()\n    await asyncio.sleep(600)\npulumi.run(main)\n"
)
BUSY_IN_A_THREAD = REPORT + (
    "import asyncio, pulumi\n"
    "async def main():\n"
    "    report()\n"
    "    await asyncio.get_running_loop().run_in_executor(None, time.sleep, 600)\n"
    "pulumi.run(main)\n"
)

BUSY_IN_A_DESTRUCTOR = REPORT + (
    "class Last:\n    def __del__(self):\n        report()\n        time.sleep(600)\nlast = Last()\ndel last\n"
)

PROGRAMS = pytest.mark.parametrize(
    "program",
    [BUSY_IN_ITS_CODE, BUSY_IN_ITS_LOOP, BUSY_IN_A_THREAD, BUSY_IN_A_DESTRUCTOR],
    ids=["in code", "in the loop", "in a thread", "in a destructor"],
)


@contextmanager
def started(engine: Engine, folder: Path) -> Iterator[tuple[subprocess.Popen[str], list[int]]]:
    """A running update, and the processes that its program reports."""
    with engine.start(folder, "up", "--yes", "--skip-preview") as command:
        try:
            reported = folder / "pids"
            eventually(lambda: reported.exists() or command.poll() is not None, "the program runs")
            assert reported.exists(), command.communicate()[0]
            yield command, [int(pid) for pid in reported.read_text().split()]
        finally:
            command.kill()


@PROGRAMS
def test_ctrl_c_ends_the_update_without_a_traceback_and_leaves_no_process(
    program: str, engine: Engine, project: MakeProject
) -> None:
    with started(engine, project(program)) as (command, processes):
        command.send_signal(signal.SIGINT)
        output, _ = command.communicate(timeout=PATIENCE_SECONDS)

        assert command.returncode == 1
        assert "error: update canceled" in output
        assert "Traceback" not in output
        assert "KeyboardInterrupt" not in output
        eventually(lambda: not any(map(is_running, processes)), "program, host and child have ended")


@PROGRAMS
def test_a_killed_engine_leaves_no_process(program: str, engine: Engine, project: MakeProject) -> None:
    folder = project(program)
    with started(engine, folder) as (command, processes):
        command.kill()
        command.communicate(timeout=PATIENCE_SECONDS)

        eventually(lambda: not any(map(is_running, processes)), "program, host and child have ended")


def test_a_killed_host_fails_the_update_and_ends_the_program(engine: Engine, project: MakeProject) -> None:
    with started(engine, project(BUSY_IN_ITS_CODE)) as (command, processes):
        os.kill(processes[1], signal.SIGKILL)
        output, _ = command.communicate(timeout=PATIENCE_SECONDS)

        assert command.returncode != 0, output
        eventually(lambda: not any(map(is_running, processes)), "program, host and child have ended")
