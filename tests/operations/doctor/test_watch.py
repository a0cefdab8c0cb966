"""`doctor --watch`: draws a terminal again, and prints only changes elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.doctor import watch as module
from operations.doctor.chain import Result
from operations.doctor.command import main
from operations.doctor.examination import Target
from operations.doctor.watch import CLEAR, watch
from tests.operations.doctor.synthetic import Lab

TARGET = Target(None, Path(), "homelab")


def broken() -> Lab:
    lab = Lab()
    lab.observe(application=None)
    return lab


@pytest.fixture
def examinations(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Result, ...]]:
    """What is found one after the other; after the last one, the user ends the command."""
    results = [lab.results() for lab in (Lab(), Lab(), broken(), broken(), Lab())]
    rest = list(results)
    monkeypatch.setattr(module, "examined", lambda target, refused: rest.pop(0))
    return rest


def watched(rest: list[tuple[Result, ...]], *, as_lines: bool = False) -> int:
    def pause(seconds: float) -> None:
        assert seconds == 30
        if not rest:
            raise KeyboardInterrupt

    return watch(TARGET, 30, as_lines=as_lines, pause=pause)


def test_outside_a_terminal_only_changes_are_printed_after_the_first_time(
    examinations: list[tuple[Result, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert watched(examinations) == 0

    first, _, changes = capsys.readouterr().out.partition("No problem found.\n")
    assert "✓ Argo CD's Application" in first
    assert [line.partition(" UTC ")[2] for line in changes.splitlines()] == [
        "new: Infisical's Application does not exist: Application argocd/infisical. Fix: run `pulumi up --refresh`, "
        "which recreates declared objects that were deleted",
        "Found 1 error.",
        "gone: Infisical's Application does not exist: Application argocd/infisical",
        "No problem found.",
    ]


def test_a_terminal_is_drawn_again(
    examinations: list[tuple[Result, ...]], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)

    watched(examinations)

    assert capsys.readouterr().out.count(CLEAR) == 5


def test_as_json_each_examination_is_a_line(
    examinations: list[tuple[Result, ...]], capsys: pytest.CaptureFixture[str]
) -> None:
    watched(examinations, as_lines=True)

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["exitCode"] for line in lines] == [0, 0, 2, 2, 0]
    assert all(line["time"].endswith(" UTC") for line in lines)


@pytest.mark.parametrize("seconds", ["4", "-1", "soon"])
def test_a_wrong_interval_is_refused(seconds: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main([f"--watch={seconds}"])

    assert f"expected an integer from 5 on, found '{seconds}'" in capsys.readouterr().err
