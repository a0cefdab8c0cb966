"""A killed test run leaves no process, even of a sandbox that outlives its command."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.guard import guarded
from tests.waiting import eventually
from tooling.processes.process import Process

SLEEP = ["/bin/sleep", "600"]

SCRIPT = """
import pathlib, sys
from tests.guard import guarded
from tooling.processes.process import Process
from tests.waiting import eventually
folder = pathlib.Path(sys.argv[1])
with guarded(folder):
    for name in ("first", "second"):
        Process(name, folder / "deep" / name, tethered=False).start(["/bin/sleep", "600"])
    print("started", flush=True)
    sys.stdin.read()
"""


def test_processes_of_a_killed_test_run_end(tmp_path: Path) -> None:
    processes = [Process(name, tmp_path / "deep" / name, tethered=False) for name in ("first", "second")]
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"started\n"
        assert all(process.running() for process in processes)

        owner.send_signal(signal.SIGKILL)

    eventually(lambda: not any(process.running() for process in processes), "both have ended")


SUITE = """
import pathlib, time
from tests.conftest import guard
from tooling.processes.process import Process

def test_that_is_killed(tmp_path):
    Process("sleeper", tmp_path, tethered=False).start(["/bin/sleep", "600"])
    pathlib.Path(__file__).with_name("started").write_text(str(tmp_path))
    time.sleep(600)
"""


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=lambda number: number.name)
def test_a_killed_test_run_leaves_no_process(number: signal.Signals, tmp_path: Path) -> None:
    """The whole run: pytest itself, with the fixture that every test of this project has."""
    suite, started = tmp_path / "suite", tmp_path / "suite" / "started"
    suite.mkdir()
    (suite / "test_suite.py").write_text(SUITE)
    argv = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", f"--rootdir={suite}", str(suite)]
    argv += [f"--basetemp={tmp_path / 'run'}"]
    environment = {**os.environ, "PYTHONPATH": str(CHECKOUT)}
    with subprocess.Popen(argv, cwd=suite, env=environment, stdout=subprocess.DEVNULL) as run:
        eventually(lambda: run.poll() is not None or (started.exists() and started.read_text()), "the test runs")
        assert run.poll() is None
        sleeper = Process("sleeper", Path(started.read_text()), tethered=False)
        assert sleeper.running()

        run.send_signal(number)

    eventually(lambda: not sleeper.running(), "the process has ended")


def test_processes_that_a_test_left_end_with_the_test_run(tmp_path: Path) -> None:
    inside, outside = (Process("sleeper", tmp_path / name, tethered=True) for name in ("inside", "outside"))
    outside.start(SLEEP)
    try:
        with guarded(tmp_path / "inside"):
            inside.start(SLEEP)
            assert inside.running()

        assert inside.running() is None
        assert outside.running()
    finally:
        outside.stop(kill=True)
