"""The shell commands that set the fake's data aside and put them back; each can be repeated."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from sandbox.infisical.database_commands import ROTATION, database_commands


@pytest.fixture
def data(tmp_path: Path) -> Path:
    data = tmp_path / "with a space" / "data"
    data.mkdir(parents=True)
    (data / "infisical.db").write_text("old")
    return data


def run(data: Path, command: str) -> None:
    environment = {**os.environ, ROTATION: "id"}
    subprocess.run(["/bin/sh", "-c", database_commands(data)[command]], env=environment, check=True)


def held(data: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in data.iterdir()}


def test_data_are_set_aside_once(data: Path) -> None:
    run(data, "setAside")
    (data / "infisical.db").write_text("new")
    run(data, "setAside")

    assert held(data) == {"infisical.db.id": "old", "infisical.db": "new"}


def test_data_are_restored_and_the_new_data_are_kept(data: Path) -> None:
    run(data, "setAside")
    (data / "infisical.db").write_text("new")
    run(data, "restore")
    run(data, "restore")

    assert held(data) == {"infisical.db": "old", "infisical.db.id.undone": "new"}


def test_data_that_were_not_set_aside_are_kept(data: Path) -> None:
    run(data, "restore")

    assert held(data) == {"infisical.db": "old"}
