"""A program that a revision makes hang does not hang the preview."""

from __future__ import annotations

import sys
from pathlib import Path

import psutil
import pytest

from operations.errors import OperationError
from operations.pull_request import process
from operations.pull_request.process import run

CHILD = "import signal; signal.pause()"
PARENT = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {CHILD!r}], start_new_session=True)"


def test_what_does_not_end_in_time_is_ended_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LONGEST_SECONDS", 1.0)
    before = set(psutil.Process().children(recursive=True))

    with pytest.raises(OperationError, match=r"did not end within 1 s"):
        run([sys.executable, "-c", PARENT], tmp_path, {}, tmp_path / "pid")

    assert set(psutil.Process().children(recursive=True)) <= before


def test_it_gets_the_environment_that_is_given_and_nothing_on_its_input(tmp_path: Path) -> None:
    done = run(
        [sys.executable, "-c", "import os, sys; print(sorted(os.environ), repr(sys.stdin.read()))"],
        tmp_path,
        {"LC_ALL": "C.UTF-8", "GIVEN": "1"},
        tmp_path / "pid",
    )

    assert (done.code, done.stdout) == (0, "['GIVEN', 'LC_ALL'] ''\n")
