"""A killed test run leaves no process, even of a sandbox that outlives its command."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from tests.guard import CHECKOUT, guarded
from tooling.processes.process import Process

SLEEP = ["/bin/sleep", "600"]

SCRIPT = """
import pathlib, sys
from tests.guard import guarded
from tooling.processes.process import Process
folder = pathlib.Path(sys.argv[1])
with guarded(folder):
    for name in ("first", "second"):
        Process(name, folder / "deep" / name, tethered=False).start(["/bin/sleep", "600"])
    print("started", flush=True)
    sys.stdin.read()
"""


def test_processes_of_a_killed_test_run_end(
    tmp_path: Path, eventually: Callable[[Callable[[], object], str], None]
) -> None:
    processes = [Process(name, tmp_path / "deep" / name, tethered=False) for name in ("first", "second")]
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(tmp_path)], cwd=CHECKOUT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"started\n"
        assert all(process.running() for process in processes)

        owner.send_signal(signal.SIGKILL)

    eventually(lambda: not any(process.running() for process in processes), "both have ended")


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
