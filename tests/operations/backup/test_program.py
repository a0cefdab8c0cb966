"""The program is not in a backup: its revision is, and what of it is only on this machine is named."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from operations.backup.parts.program import missing_program, revision_of
from tests.operations.backup.lab import STACK_FILE


def git(folder: Path, *arguments: str) -> str:
    author = ("-c", "user.name=Owner", "-c", "user.email=owner@example.net")
    done = subprocess.run(["git", *author, *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """A repository with everything committed."""
    for name in ("__main__.py", STACK_FILE):
        (tmp_path / name).write_text("first\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "-q", "-m", "First")
    return tmp_path


def test_a_committed_program_is_known_by_its_revision(program: Path) -> None:
    assert revision_of(program) == git(program, "rev-parse", "HEAD")
    assert missing_program(program, STACK_FILE) is None


def test_changes_that_are_not_committed_are_named(program: Path) -> None:
    (program / "__main__.py").write_text("second\n")

    missing = missing_program(program, STACK_FILE)

    assert missing
    assert missing.what == "changes of the program that are not committed (1)"


def test_the_stack_file_may_have_changes(program: Path) -> None:
    (program / STACK_FILE).write_text("second\n")

    assert missing_program(program, STACK_FILE) is None


def test_a_program_outside_git_is_named(tmp_path: Path) -> None:
    missing = missing_program(tmp_path, STACK_FILE)

    assert missing
    assert "is not in git" in missing.why
