"""The script of the preview workflow, with a fake `make`: it publishes the report even when the preview fails."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.workflows.workflow import workflow

GIT = ("git", "-c", "user.name=a", "-c", "user.email=a@example.test", "-c", "init.defaultBranch=main")


@dataclass(frozen=True)
class Step:
    """Exit code, files and arguments of `make` of one run of the step."""

    code: int
    report: str
    summary: str
    arguments: list[str]
    base: str


@pytest.fixture
def step(tmp_path: Path) -> Callable[[str], Step]:
    """Runs the step on a merge commit, with a `make` that runs the given shell commands."""
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
    git("commit", "--quiet", "--allow-empty", "--message", "later change on main")
    base = git("rev-parse", "HEAD")
    git("merge", "--quiet", "--no-ff", "--message", "merge", "change")

    def run(body: str) -> Step:
        bin_ = tmp_path / "bin"
        bin_.mkdir()
        arguments, report, summary = (tmp_path / name for name in ("arguments", "report.md", "summary.md"))
        make = bin_ / "make"
        make.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >{arguments}\n{body}\n')
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
        return Step(done.returncode, report.read_text(), summary.read_text(), arguments.read_text().splitlines(), base)

    return run


def test_the_report_is_published_as_summary_and_artifact(step: Callable[[str], Step]) -> None:
    done = step("echo working >&2; echo '# Report'")

    assert (done.code, done.report, done.summary) == (0, "# Report\n", "# Report\n")


def test_the_change_is_compared_with_main(step: Callable[[str], Step]) -> None:
    done = step("echo report")

    assert done.arguments == ["--silent", "preview-pr", f"BASE={done.base}"]


def test_a_rejected_change_fails_the_job_after_its_report(step: Callable[[str], Step]) -> None:
    done = step("echo '**ENCRYPTION_KEY**'; exit 2")

    assert (done.code, done.report, done.summary) == (2, "**ENCRYPTION_KEY**\n", "**ENCRYPTION_KEY**\n")


def test_a_preview_without_a_report_is_reported(step: Callable[[str], Step]) -> None:
    done = step("exit 3")

    assert done.code == 3
    assert done.report == done.summary
    assert "The preview left no report: exit code 3" in done.report


def test_the_summary_stays_within_githubs_limit(step: Callable[[str], Step]) -> None:
    done = step("head -c 3000000 /dev/zero | tr '\\0' x")

    assert len(done.report) == 3_000_000
    assert len(done.summary) <= 1024 * 1024


def test_the_report_is_uploaded_even_when_the_preview_fails() -> None:
    upload = workflow("preview").step("Upload the report")

    assert upload["if"] == "${{ !cancelled() }}"
    assert upload["with"]["path"] == workflow("preview").step("Preview")["env"]["REPORT"]
    assert f'REPORT = "{upload["with"]["name"]}"' in (CHECKOUT / ".github" / "preview_comment.py").read_text()
