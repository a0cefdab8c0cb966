"""The environment that every pulumi of this project gets."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tooling.stack import Pulumi


@pytest.fixture
def pulumi(tmp_path: Path) -> Path:
    """A program that shows its setting of Go's garbage collector."""
    program = tmp_path / "pulumi"
    program.write_text('#!/bin/sh\necho "$GOGC"\n', encoding="utf-8")
    program.chmod(0o755)
    return program


@pytest.mark.parametrize("own_environment", [True, False])
def test_the_engine_collects_garbage_less_often(
    pulumi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, own_environment: bool
) -> None:
    monkeypatch.delenv("GOGC", raising=False)
    given = {"PATH": os.defpath} if own_environment else None

    assert Pulumi(pulumi, given).run("preview", cwd=tmp_path) == "400\n"


def test_a_setting_of_the_caller_is_kept(pulumi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GOGC", "50")

    assert Pulumi(pulumi).run("preview", cwd=tmp_path) == "50\n"
