"""A pulumi in the foreground receives an interrupt when its `make up` is stopped or killed."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.waiting import eventually

SCRIPT = """
import os, pathlib, sys
from sandbox.stack.signals import run_in_foreground
sys.exit(run_in_foreground([sys.argv[1]], pathlib.Path.cwd(), os.environ))
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
def test_the_program_can_end_in_order(
    number: signal.Signals,
    tmp_path: Path,
    program: Callable[[str, str], Path],
) -> None:
    started, ended = tmp_path / "started", tmp_path / "ended"
    pulumi = program("pulumi", f"trap 'touch {ended}; exit 3' INT; touch {started}; while :; do sleep 0.1; done")
    # The tests themselves may run with interrupts ignored.
    argv = ["env", "--default-signal=INT", sys.executable, "-c", SCRIPT, str(pulumi)]
    with subprocess.Popen(argv, cwd=CHECKOUT) as up:
        eventually(started.exists, "the program runs")
        up.send_signal(number)

    eventually(ended.exists, "the program has received the interrupt")
    assert up.returncode == (3 if number == signal.SIGTERM else -signal.SIGKILL)


def test_the_exit_code_is_that_of_the_program(program: Callable[[str, str], Path]) -> None:
    failing = program("pulumi", "exit 7")

    assert subprocess.run([sys.executable, "-c", SCRIPT, str(failing)], cwd=CHECKOUT, check=False).returncode == 7
