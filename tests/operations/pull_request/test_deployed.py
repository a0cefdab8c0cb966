"""The report on a deployed stack. The real API server of the sandbox checks each object."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.pull_request.comparison import compare_deployed
from operations.pull_request.revision import resolve
from sandbox.sandbox import Sandbox
from tests.operations.pull_request.chain import Repository
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

RUN_A_COMMAND = """
import contextlib

import pulumi_command as command

with contextlib.suppress(Exception):
    command.local.run(command="touch {file}")
"""


@pytest.fixture
def checkout(repository: Repository, tools: Tools, tmp_path: Path) -> Iterator[Repository]:
    """A copy of the chain's repository, with its own sandbox."""
    folder = tmp_path / "checkout"
    shutil.copytree(repository.folder, folder)
    (folder / ".venv").symlink_to(sys.prefix)
    yield Repository(folder, repository.planted)
    Sandbox(folder, Reporter()).remove()


def test_the_working_tree_is_previewed_with_dry_runs_and_without_commands(
    checkout: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    checkout.git("checkout", "--quiet", "object-invalid")
    touched = tmp_path / "touched"
    program = checkout.folder / "__main__.py"
    program.write_text(program.read_text() + RUN_A_COMMAND.format(file=touched))

    # As after `make preview; . .sandbox/env`.
    sandbox = Sandbox(checkout.folder, Reporter()).set_up()
    for name, value in sandbox.workspace.environment().items():
        monkeypatch.setenv(name, value)

    base = resolve(checkout.folder, "key-renamed")
    report, redaction = compare_deployed(checkout.folder, base, "homelab", Reporter())
    shown = redaction.hide(report.to_markdown())

    assert report.preview
    assert not report.preview.succeeded
    assert "refreshIntervall: field not declared in schema" in "".join(report.preview.errors)
    assert "`GRAFANA_ADMIN_PASSWORD` (grafana): new source: generated (hex, 12) → from the stack config" in shown
    assert "Compared with the deployed stack `sandbox`; its API server checked each object in a dry run" in shown
    assert not touched.exists()
    assert not any(secret in shown for secret in checkout.planted)
