"""`make lint` rejects an unsafe or broken workflow."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.workflows.workflow import FILES

Lint = Callable[[Path], subprocess.CompletedProcess[str]]

PREVIEW = (CHECKOUT / ".github" / "workflows" / "preview.yml").read_text()


@pytest.fixture
def lint() -> Lint:
    """The workflow check of `make lint`, for one file."""
    recipe = subprocess.run(["make", "--dry-run", "lint"], cwd=CHECKOUT, capture_output=True, text=True, check=True)
    assert ".venv/bin/python -m tooling.workflows" in recipe.stdout.splitlines()

    def run(file: Path) -> subprocess.CompletedProcess[str]:
        argv = [sys.executable, "-m", "tooling.workflows", str(file)]
        return subprocess.run(argv, cwd=CHECKOUT, capture_output=True, text=True, check=False)

    return run


@pytest.fixture
def changed_preview(tmp_path: Path) -> Callable[[str, str], Path]:
    """Copies preview.yml with one string replaced."""

    def change(before: str, after: str) -> Path:
        assert PREVIEW.count(before) == 1, before
        file = tmp_path / "preview.yml"
        file.write_text(PREVIEW.replace(before, after))
        return file

    return change


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_workflows_of_this_checkout_pass(lint: Lint, file: Path) -> None:
    done = lint(file)

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("before", "after", "finding"),
    [
        pytest.param(
            "run: make venv",
            'run: echo "${{ github.event.pull_request.title }}"',
            "template-injection",
            id="a title in a script",
        ),
        pytest.param(
            "actions/setup-python@a309ff8b426b58ec0e2a45f0f869d46889d02405 # v6.2.0",
            "actions/setup-python@v6",
            "unpinned-uses",
            id="an action pinned by tag",
        ),
        pytest.param(
            "github.event.pull_request.number", "github.event_.pull_request.number", "event_", id="an unknown property"
        ),
        pytest.param("          persist-credentials: false\n", "", "artipacked", id="a token left on disk"),
        pytest.param("  pull_request:\n", "  pull_request_target:\n", "dangerous-triggers", id="permissions of main"),
        pytest.param('BASE="$base"', "BASE=$base", "SC2086", id="an unquoted variable"),
        pytest.param("runs-on: ubuntu-24.04", "runs-on: my-machine", "my-machine", id="an unknown runner"),
    ],
)
def test_a_bad_workflow_is_rejected(
    lint: Lint, changed_preview: Callable[[str, str], Path], before: str, after: str, finding: str
) -> None:
    done = lint(changed_preview(before, after))

    assert done.returncode == 1
    assert finding in done.stdout


def test_an_ignored_finding_has_a_reason_above_it() -> None:
    for file in FILES:
        lines = file.read_text().splitlines()
        for number, line in enumerate(lines):
            if "zizmor: ignore" in line:
                assert lines[number - 1].startswith("# "), f"{file.name}:{number + 1}"
    assert "zizmor: ignore" not in PREVIEW
    assert not (CHECKOUT / ".github" / "zizmor.yml").exists()
