from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from tests.waiting import PATIENCE_SECONDS
from tooling.toolchain.progress import Reporter


def reporter(*, terminal: bool) -> tuple[Reporter, io.StringIO]:
    shown = io.StringIO()
    return Reporter(Console(file=shown, force_terminal=terminal, width=100, highlight=False)), shown


def test_without_a_terminal_a_stage_is_plain_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tooling.toolchain.progress.LINE_EVERY_SECONDS", 0)
    plain, shown = reporter(terminal=False)

    with plain.stage("kube-apiserver", "kubectl") as stage:
        stage.advance(312, 963, "packages")
        stage.advance(5, None, "modules")

    assert re.sub(r"\d+ s$", "N s", shown.getvalue(), flags=re.MULTILINE).splitlines() == [
        "kube-apiserver: started (then kubectl)",
        "kube-apiserver: 312 of 963 packages, N s",
        "kube-apiserver: 5 modules, N s",
        "kube-apiserver: done in N s",
    ]


def test_without_a_terminal_progress_lines_are_rare(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tooling.toolchain.progress.LINE_EVERY_SECONDS", PATIENCE_SECONDS)
    plain, shown = reporter(terminal=False)

    with plain.stage("etcd") as stage:
        for number in range(100):
            stage.advance(number, 100, "packages")

    first, last = shown.getvalue().splitlines()
    assert first == "etcd: started"
    assert last.startswith("etcd: done in ")


def test_a_terminal_shows_the_progress_and_the_next_stages() -> None:
    bar, shown = reporter(terminal=True)

    with bar.stage("kube-apiserver", "kubectl") as stage:
        stage.advance(312, 963, "packages")

    assert "kube-apiserver (then kubectl)" in shown.getvalue()
    assert "312 of 963 packages" in shown.getvalue()


def test_square_brackets_in_a_line_are_not_markup() -> None:
    plain, shown = reporter(terminal=False)

    plain.say("homelab:apps.web.keys[0]: [bold]")

    assert shown.getvalue() == "homelab:apps.web.keys[0]: [bold]\n"
