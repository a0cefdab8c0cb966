"""The throw-away state is written once, at the end of each command, also if that fails; a log is never written."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from operations.pull_request.offline.stack import OfflineStack
from tooling.toolchain import ensure_engine
from tooling.toolchain.progress import Reporter

pytestmark = pytest.mark.usefixtures("warm_starts")

PROGRAM = """
import pulumi
for number in range(3):
    pulumi.ComponentResource("test:index:Part", f"part-{number}")
"""


@pytest.mark.parametrize("end", ["", "raise ValueError"])
def test_no_backups_and_no_log_are_written_and_the_state_is_complete(end: str, tmp_path: Path) -> None:
    project = tmp_path / "project"
    project.mkdir()
    (project / ".venv").symlink_to(sys.prefix)
    (project / "Pulumi.yaml").write_text("name: trial\nruntime: {name: python, options: {virtualenv: .venv}}\n")
    (project / "__main__.py").write_text(PROGRAM + end)
    stack = OfflineStack(tmp_path, ensure_engine(Reporter()), "trial", Reporter())

    errors = stack.put(project)

    assert bool(errors) == bool(end)
    kinds = [each["type"] for each in stack.state(project)["deployment"]["resources"]]
    assert kinds.count("test:index:Part") == 3
    assert list((tmp_path / "workspace" / "state").rglob("backups/**/*.json*")) == []
