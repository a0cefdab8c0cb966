"""A program that hangs does not hang the command that started it."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from tooling.processes import run
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


def test_the_program_receives_the_given_environment_and_an_empty_stdin(tmp_path: Path) -> None:
    done = run_tethered(
        [sys.executable, "-c", "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))"],
        tmp_path,
        {"LC_ALL": "C.UTF-8", "GIVEN": "1"},
        tmp_path / "pid",
    )

    assert (done.returncode, done.stdout) == (0, "['GIVEN', 'LC_ALL'] ''\n")
