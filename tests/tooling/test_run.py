"""A program that hangs does not hang the command that started it."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psutil
import pytest

from tooling.processes import run
from tooling.processes.interrupts import SIGNALS
from tooling.processes.run import TimedOut, run_tethered

CHILD = "import signal; signal.pause()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], start_new_session=True)"


def test_a_timeout_kills_the_program_and_all_its_children(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LONGEST_SECONDS", 1.0)
    before = set(psutil.Process().children(recursive=True))

    with pytest.raises(TimedOut, match=r"Timed out after 1 s"):
        run_tethered([sys.executable, "-c", PARENT], tmp_path, {}, tmp_path / "pid")

    assert set(psutil.Process().children(recursive=True)) <= before


def test_children_that_start_while_it_is_killed_are_killed_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "LONGEST_SECONDS", 1.0)
    marker = f"{CHILD} # {tmp_path}"
    start = f"subprocess.Popen([sys.executable, '-I', '-S', '-c', {marker!r}], start_new_session=True)"

    with pytest.raises(TimedOut):
        run_tethered(
            [sys.executable, "-c", f"import subprocess, sys\nwhile True: {start}"], tmp_path, {}, tmp_path / "pid"
        )

    left = [each for each in psutil.process_iter(["cmdline"]) if marker in (each.info["cmdline"] or ())]
    for each in left:
        each.kill()
    assert not left


@pytest.mark.parametrize("number", SIGNALS, ids=lambda number: number.name)
def test_an_interrupt_during_the_start_ends_the_program(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: signal.Signals
) -> None:
    """It arrives when the program runs, and before anybody knows its pid."""
    start = subprocess.Popen._execute_child  # type: ignore[attr-defined]

    def interrupted(process: subprocess.Popen[str], *arguments: Any) -> None:
        start(process, *arguments)
        signal.raise_signal(number)

    def handler(number: int, frame: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(subprocess.Popen, "_execute_child", interrupted)
    before, previous = set(psutil.Process().children(recursive=True)), signal.signal(number, handler)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_tethered([sys.executable, "-c", CHILD], tmp_path, {}, tmp_path / "pid")
        assert signal.getsignal(number) is handler
    finally:
        signal.signal(number, previous)

    left = set(psutil.Process().children(recursive=True)) - before
    for each in left:
        each.kill()
    assert not left


def test_the_program_receives_the_given_environment_and_an_empty_stdin(tmp_path: Path) -> None:
    done = run_tethered(
        [sys.executable, "-c", "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))"],
        tmp_path,
        {"LC_ALL": "C.UTF-8", "GIVEN": "1"},
        tmp_path / "pid",
    )

    assert (done.returncode, done.stdout) == (0, "['GIVEN', 'LC_ALL'] ''\n")
