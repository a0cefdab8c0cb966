"""The programs that only the tests run, as `make test-tools` shows them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tooling.errors import ToolError
from tooling.toolchain import __main__ as command
from tooling.toolchain.pins import HELM, PROMTOOL


def test_each_is_shown_with_its_version_and_its_origin(
    helm: Path, promtool: Path, chromium: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code = command.main()

    lines = capsys.readouterr().out.splitlines()
    assert code == 0
    assert f"helm {HELM.version}: built here, {helm}" in lines
    assert f"promtool {PROMTOOL.version}: built here, {promtool}" in lines
    assert any(line.startswith("chromium ") and line.endswith(f", {chromium}") for line in lines)


def test_a_program_that_is_not_available_is_an_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def failing(_: object) -> list[object]:
        problem = "cannot download it"
        raise ToolError(problem)

    monkeypatch.setattr(command, "ensure_test_tools", failing)

    assert command.main() == 1
    assert capsys.readouterr().err == "error: cannot download it\n"


def test_each_built_program_knows_its_version(helm: Path, promtool: Path) -> None:
    assert HELM.version in output(helm, "version")
    assert PROMTOOL.version in output(promtool, "--version")


def output(program: Path, *arguments: str) -> str:
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=True)
    return done.stdout + done.stderr


def test_promtool_has_only_the_commands_that_the_tests_run(promtool: Path) -> None:
    lines = output(promtool, "--help").splitlines()

    found = {line.split(" [")[0] for line in lines if line[:5] in ("check", "test ")}
    assert found == {"check rules", "check metrics", "test rules"}
