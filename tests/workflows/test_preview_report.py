"""The preview workflow publishes the report, then fails: its own script, with a `make` that stands in."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.workflows.workflow import workflow

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.test", "-c", "init.defaultBranch=main")


@dataclass(frozen=True)
class Step:
    """How the step ended, what it left, and what it asked `make` for."""

    code: int
    report: str
    summary: str
    asked: list[str]
    base: str


@pytest.fixture
def step(tmp_path: Path) -> Callable[[str], Step]:
    """Runs the step on a merge commit; its `make` runs the given shell commands."""
    repository = tmp_path / "repository"
    repository.mkdir()

    def git(*arguments: str) -> str:
        done = subprocess.run([*GIT, *arguments], cwd=repository, capture_output=True, text=True, check=True)
        return done.stdout.strip()

    git("init", "--quiet")
    git("commit", "--quiet", "--allow-empty", "--message", "base")
    git("switch", "--quiet", "--create", "change")
    git("commit", "--quiet", "--allow-empty", "--message", "change")
    git("switch", "--quiet", "main")
    git("commit", "--quiet", "--allow-empty", "--message", "what main has become since")
    base = git("rev-parse", "HEAD")
    git("merge", "--quiet", "--no-ff", "--message", "merge", "change")

    def run(body: str) -> Step:
        bin_ = tmp_path / "bin"
        bin_.mkdir()
        asked, report, summary = (tmp_path / name for name in ("asked", "report.md", "summary.md"))
        make = bin_ / "make"
        make.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{asked}\n{body}\n')
        make.chmod(0o755)
        script = tmp_path / "script"
        script.write_text(workflow("preview").step("Preview")["run"])
        done = subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
            cwd=repository,
            env={
                "PATH": f"{bin_}:{os.environ['PATH']}",
                "REPORT": str(report),
                "GITHUB_STEP_SUMMARY": str(summary),
            },
            capture_output=True,
            text=True,
            check=False,
        )
        return Step(done.returncode, report.read_text(), summary.read_text(), asked.read_text().splitlines(), base)

    return run


def test_the_report_is_the_summary_and_the_artifact(step: Callable[[str], Step]) -> None:
    done = step("echo working >&2; echo '# Report'")

    assert (done.code, done.report, done.summary) == (0, "# Report\n", "# Report\n")


def test_main_as_it_is_is_what_the_change_is_compared_with(step: Callable[[str], Step]) -> None:
    done = step("echo report")

    assert done.asked == ["--silent", "preview-pr", f"BASE={done.base}"]


def test_a_refused_change_fails_the_job_after_its_report(step: Callable[[str], Step]) -> None:
    done = step("echo '**ENCRYPTION_KEY**'; exit 2")

    assert (done.code, done.report, done.summary) == (2, "**ENCRYPTION_KEY**\n", "**ENCRYPTION_KEY**\n")


def test_a_preview_without_a_report_says_so(step: Callable[[str], Step]) -> None:
    done = step("exit 3")

    assert done.code == 3
    assert done.report == done.summary
    assert "There is no report: the preview ended before it, with exit code 3" in done.report


def test_a_summary_is_no_larger_than_github_takes(step: Callable[[str], Step]) -> None:
    done = step("head -c 3000000 /dev/zero | tr '\\0' x")

    assert len(done.report) == 3_000_000
    assert len(done.summary) <= 1024 * 1024


def test_the_artifact_is_handed_over_however_the_preview_ended() -> None:
    hand_over = workflow("preview").step("Hand over the report")

    assert hand_over["if"] == "${{ !cancelled() }}"
    assert hand_over["with"]["path"] == workflow("preview").step("Preview")["env"]["REPORT"]
    assert f"name={hand_over['with']['name']}&" in workflow("preview-comment").step("Comment")["run"]
