"""The dates of rotations come from the stack's state, which needs no passphrase."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from operations.doctor.facts import Unread
from operations.doctor.reading import stack
from operations.doctor.reading.stack import read_rotations


@pytest.fixture
def pulumi(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A program that a test writes."""
    program = tmp_path / "bin" / "pulumi"
    program.parent.mkdir()
    monkeypatch.setenv("PATH", str(program.parent), prepend=":")
    return program


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def test_the_output_is_read(pulumi: Path, tmp_path: Path) -> None:
    root = {
        "type": "pulumi:pulumi:Stack",
        "outputs": {"rotations": {"WEB_TOKEN": "since 2026-06-01, due on 2027-06-01"}},
    }
    (tmp_path / "state.json").write_text(json.dumps({"deployment": {"resources": [root]}}))
    write(pulumi, f"cat {tmp_path / 'state.json'}")

    assert read_rotations(tmp_path, "homelab") == {"WEB_TOKEN": "since 2026-06-01, due on 2027-06-01"}


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo '{}'", "the stack homelab has no output rotations; `pulumi up` writes it"),
        ("exit 255", "pulumi cannot read the stack homelab; `pulumi stack ls` shows the stacks"),
        ("echo text", "pulumi cannot read the stack homelab; `pulumi stack ls` shows the stacks"),
    ],
)
def test_a_stack_that_cannot_be_read_is_a_reason(pulumi: Path, tmp_path: Path, script: str, reason: str) -> None:
    write(pulumi, script)

    assert read_rotations(tmp_path, "homelab") == Unread(reason)


def test_a_pulumi_that_hangs_is_ended(pulumi: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stack, "LONGEST_SECONDS", 0.5)
    write(pulumi, "sleep 600")

    found = read_rotations(tmp_path, "homelab")

    assert isinstance(found, Unread)
    assert "pulumi has not read the stack homelab within" in found.reason


def test_without_pulumi_the_reason_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))

    assert read_rotations(tmp_path, "homelab") == Unread("pulumi is not on PATH")
