"""Permissions of the workflows: untrusted code gets no secret and no token that may write."""

from __future__ import annotations

import re

import pytest

from tests.checkout import CHECKOUT
from tests.workflows.workflow import FILES, workflow

SCRIPT = ".github/preview_comment.py"
NAMES = sorted(file.stem for file in FILES)
UNTRUSTED = ("ci", "preview")
"""The workflows that run the code of a pull request."""

PINNED = re.compile(r"^\s*(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def test_all_workflows_are_checked() -> None:
    assert NAMES == ["ci", "drift", "preview", "preview-comment"]


@pytest.mark.parametrize("name", NAMES)
def test_each_action_is_pinned_by_commit_with_its_version_as_comment(name: str) -> None:
    lines = [line for line in workflow(name).text.splitlines() if "uses:" in line]

    assert [line for line in lines if not PINNED.match(line)] == []


def test_all_workflows_use_the_same_version_of_an_action() -> None:
    used = re.findall(r"uses: (\w[\w-]*/[\w-]+)\S*@(\S+)", "".join(file.read_text() for file in FILES))

    assert len(dict(used)) == len(set(used))


@pytest.mark.parametrize("name", NAMES)
def test_only_jobs_have_permissions(name: str) -> None:
    assert workflow(name).content["permissions"] == {}
    assert all("permissions" in job for job in workflow(name).jobs.values())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "preview-comment"])
def test_a_job_may_only_read_the_repository(name: str) -> None:
    assert [job["permissions"] for job in workflow(name).jobs.values()] == [{"contents": "read"}]


def test_the_comment_may_only_read_and_write_to_pull_requests() -> None:
    (job,) = workflow("preview-comment").jobs.values()

    assert job["permissions"] == {"actions": "read", "contents": "read", "pull-requests": "write"}


@pytest.mark.parametrize("name", NAMES)
def test_no_workflow_uses_a_secret(name: str) -> None:
    assert not re.search(r"\bsecrets\b\s*[.\[)]|secrets:\s", workflow(name).text)


@pytest.mark.parametrize("name", UNTRUSTED)
def test_untrusted_code_gets_no_token(name: str) -> None:
    assert "github.token" not in workflow(name).text
    assert "id-token" not in workflow(name).text
    for step in workflow(name).steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@pytest.mark.parametrize("name", UNTRUSTED)
def test_untrusted_code_runs_on_a_github_hosted_runner(name: str) -> None:
    assert [job["runs-on"] for job in workflow(name).jobs.values()] == ["ubuntu-24.04"]


@pytest.mark.parametrize("name", NAMES)
def test_no_workflow_runs_a_pull_request_with_the_permissions_of_main(name: str) -> None:
    assert "pull_request_target" not in workflow(name).events


def test_the_comment_runs_only_the_script_of_the_default_branch() -> None:
    comment = workflow("preview-comment")
    checkout, step = comment.steps

    assert comment.actions == ["actions/checkout"]
    # With neither `ref` nor `repository`, the checkout of a workflow_run is the default branch of this repository.
    assert checkout["with"] == {
        "persist-credentials": "false",
        "sparse-checkout": SCRIPT,
        "sparse-checkout-cone-mode": "false",
    }
    assert step["run"] == f"python3 -I {SCRIPT}"
    assert comment.events == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
    assert not re.search(r"subprocess|os\.system|\bexec\(|\beval\(|extract", (CHECKOUT / SCRIPT).read_text())


@pytest.mark.parametrize("name", NAMES)
def test_no_script_contains_an_expression(name: str) -> None:
    assert [step["run"] for step in workflow(name).steps if "${{" in step.get("run", "")] == []


def test_preview_and_comment_are_for_the_same_branch() -> None:
    assert workflow("preview").events == {"pull_request": {"branches": ["main"]}}
    assert workflow("preview-comment").step("Comment")["env"]["BASE"] == "main"


def test_drift_is_checked_on_schedule_or_by_hand_on_the_owners_runner() -> None:
    drift = workflow("drift")
    (job,) = drift.jobs.values()

    assert set(drift.events) == {"schedule", "workflow_dispatch"}
    assert job["runs-on"] == ["self-hosted", "homelab"]
    assert job["if"].startswith("github.ref == 'refs/heads/main' && ")
    assert drift.content["concurrency"] == {"group": "drift", "cancel-in-progress": "false"}


def test_the_preview_uses_the_pulumi_version_of_the_program() -> None:
    pinned = re.search(r"^pulumi==(\S+)$", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE)

    assert pinned
    assert workflow("preview").step("Install the Pulumi CLI")["with"] == {"pulumi-version": pinned[1]}


def test_the_tool_chain_cache_is_keyed_by_its_pins() -> None:
    cache = workflow("ci").step("Restore the tool chain")["with"]

    assert cache["key"].endswith("${{ hashFiles('tooling/toolchain/**') }}")
    assert {file.parent.name for file in (CHECKOUT / "tooling" / "toolchain").glob("**/go.mod")} == {
        "backup",
        "helm",
        "kubernetes",
        "lint",
        "prometheus",
        "pulumi",
    }
