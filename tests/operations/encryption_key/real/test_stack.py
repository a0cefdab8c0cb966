"""The stack of a rotation, under the real engine: locks, torn states and refusals that pulumi itself reports."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.encryption_key import stack as stack_module
from operations.encryption_key.command import main
from operations.encryption_key.stack import Stack
from tests.waiting import eventually
from tooling.stack import Workspace
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

PROGRAM = """\
import pathlib, time

import pulumi

here = pathlib.Path(__file__).parent
(here / "reached").touch()
while (here / "gate").exists():
    time.sleep(0.02)
pulumi.Stash("text", input=(here / "text").read_text())
"""
PROJECT = f"name: homelab\nruntime: {{name: python, options: {{virtualenv: {sys.prefix}}}}}\n"
UP = ("up", "--yes", "--skip-preview")


@pytest.fixture(scope="module")
def workspace(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = Workspace(tmp_path_factory.mktemp("stack") / "workspace", tools, None, stack="test")
    workspace.ensure(Reporter())
    return workspace


@pytest.fixture(scope="module")
def project(workspace: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project that is deployed, with a stack `test`. Its program waits while the file `gate` exists."""
    project = tmp_path_factory.mktemp("project")
    (project / "Pulumi.yaml").write_text(PROJECT)
    (project / "__main__.py").write_text(PROGRAM)
    (project / "text").write_text("first")
    workspace.run("stack", "init", "test", cwd=project)
    workspace.run(*UP, cwd=project)
    return project


@pytest.fixture
def said() -> list[str]:
    return []


@pytest.fixture
def stack(project: Path, workspace: Workspace, said: list[str], monkeypatch: pytest.MonkeyPatch) -> Iterator[Stack]:
    for name, value in workspace.environment().items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(stack_module, "POLL_SECONDS", 0.1)

    def say(text: str) -> None:
        said.append(text)
        (project / "gate").unlink(missing_ok=True)

    yield Stack(project, "test", say)
    (project / "gate").unlink(missing_ok=True)


def running_update(project: Path) -> subprocess.Popen[bytes]:
    """Start an update, and return when it runs the program, with the stack locked."""
    (project / "reached").unlink(missing_ok=True)
    (project / "gate").touch()
    arguments = ["pulumi", "--non-interactive", *UP, "--stack", "test"]
    process = subprocess.Popen(arguments, cwd=project, stdout=subprocess.DEVNULL, start_new_session=True)
    eventually(lambda: (project / "reached").exists() or process.poll() is not None, "the program runs")
    assert process.poll() is None
    return process


def test_a_change_waits_for_a_pulumi_that_is_still_running(
    stack: Stack, project: Path, said: list[str], tmp_path: Path
) -> None:
    with running_update(project) as process:
        stack.change(tmp_path / "log", *UP)
        assert process.wait() == 0

    assert said == ["waiting: another pulumi is running on the stack test"]


def test_the_lock_of_a_killed_pulumi_is_released(stack: Stack, project: Path, said: list[str], tmp_path: Path) -> None:
    with running_update(project) as process:
        os.killpg(process.pid, signal.SIGKILL)

    stack.change(tmp_path / "log", *UP)

    assert said == ["releasing the stack's lock: the pulumi that held it was killed"]


def test_a_half_written_state_is_repaired(stack: Stack, workspace: Workspace, said: list[str]) -> None:
    """Pulumi's file backend writes a file first, and then its attributes."""
    (attributes,) = workspace.state.rglob("test.json.attrs")
    attributes.write_text("")

    assert stack.state(decrypted=False)["deployment"]["resources"]
    assert said == ["repairing the backend: a pulumi was killed while it wrote the state"]


def test_a_stack_that_does_not_exist(stack: Stack, project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--project", str(project), "--stack", "nowhere", "--confirm", "nowhere"]) == 1
    assert "nowhere" in capsys.readouterr().err


def test_a_stack_with_changes_that_were_not_deployed(
    stack: Stack, project: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("operations.encryption_key.command.check_config", lambda stack: None)
    (project / "text").write_text("second")

    assert main(["--project", str(project), "--stack", "test", "--confirm", "test"]) == 1
    assert "is not up to date" in capsys.readouterr().err
