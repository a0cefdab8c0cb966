from __future__ import annotations

from pathlib import Path

import pytest

from tests.operations.adopt.adopting import Project


@pytest.fixture
def project(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Project:
    """A project without a stack file."""
    folder = tmp_path / "project"
    folder.mkdir()
    return Project(folder, capsys)
