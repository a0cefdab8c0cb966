"""What each workflow may do: the code of a stranger meets no secret, and no token that writes."""

from __future__ import annotations

import re

import pytest

from tests.workflows.workflow import CHECKOUT, FILES, workflow

NAMES = sorted(file.stem for file in FILES)
OF_STRANGERS = ("ci", "preview")
"""The workflows that run a pull request's code."""

PINNED = re.compile(r"^\s*(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$")


def test_there_is_something_to_check() -> None:
    assert NAMES == ["ci", "drift", "preview", "preview-comment"]


@pytest.mark.parametrize("name", NAMES)
def test_each_action_is_pinned_by_its_commit_and_tells_its_version(name: str) -> None:
    lines = [line for line in workflow(name).text.splitlines() if "uses:" in line]

    assert [line for line in lines if not PINNED.match(line)] == []


def test_an_action_has_one_version_in_all_workflows() -> None:
    used = re.findall(r"uses: (\w[\w-]*/[\w-]+)\S*@(\S+)", "".join(file.read_text() for file in FILES))

    assert len(dict(used)) == len(set(used))


@pytest.mark.parametrize("name", NAMES)
def test_a_workflow_has_no_permission_but_what_its_jobs_name(name: str) -> None:
    assert workflow(name).content["permissions"] == {}
    assert all("permissions" in job for job in workflow(name).jobs.values())


@pytest.mark.parametrize("name", [name for name in NAMES if name != "preview-comment"])
def test_a_job_may_read_the_repository_and_no_more(name: str) -> None:
    assert [job["permissions"] for job in workflow(name).jobs.values()] == [{"contents": "read"}]


def test_the_comment_may_read_artifacts_and_write_to_pull_requests_and_no_more() -> None:
    (job,) = workflow("preview-comment").jobs.values()

    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}


@pytest.mark.parametrize("name", NAMES)
def test_no_workflow_knows_a_secret(name: str) -> None:
    assert not re.search(r"\bsecrets\b\s*[.\[)]|secrets:\s", workflow(name).text)


@pytest.mark.parametrize("name", OF_STRANGERS)
def test_the_code_of_a_stranger_meets_no_token(name: str) -> None:
    assert "github.token" not in workflow(name).text
    assert "id-token" not in workflow(name).text
    for step in workflow(name).steps:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] == "false"


@pytest.mark.parametrize("name", OF_STRANGERS)
def test_the_code_of_a_stranger_runs_on_a_machine_of_githubs(name: str) -> None:
    assert [job["runs-on"] for job in workflow(name).jobs.values()] == ["ubuntu-24.04"]


@pytest.mark.parametrize("name", NAMES)
def test_no_workflow_of_a_pull_request_runs_with_the_rights_of_main(name: str) -> None:
    assert "pull_request_target" not in workflow(name).events


def test_the_comment_runs_nothing_of_the_pull_request() -> None:
    comment = workflow("preview-comment")

    assert comment.actions == []
    assert comment.events == {"workflow_run": {"workflows": ["preview"], "types": ["completed"]}}
    assert not re.search(r"subprocess|os\.system|\bexec\(|\beval\(|extract", comment.step("Comment")["run"])


@pytest.mark.parametrize("name", NAMES)
def test_no_script_is_put_together_from_what_others_wrote(name: str) -> None:
    assert [step["run"] for step in workflow(name).steps if "${{" in step.get("run", "")] == []


def test_both_workflows_of_the_preview_are_about_the_same_branch() -> None:
    assert workflow("preview").events == {"pull_request": {"branches": ["main"]}}
    assert workflow("preview-comment").step("Comment")["env"]["BASE"] == "main"


def test_drift_is_looked_for_by_the_clock_or_by_hand_on_the_owners_runner() -> None:
    drift = workflow("drift")
    (job,) = drift.jobs.values()

    assert set(drift.events) == {"schedule", "workflow_dispatch"}
    assert job["runs-on"] == ["self-hosted", "homelab"]
    assert job["if"].startswith("github.ref == 'refs/heads/main' && ")
    assert drift.content["concurrency"] == {"group": "drift", "cancel-in-progress": "false"}


def test_the_preview_runs_the_pulumi_that_the_program_is_pinned_to() -> None:
    pinned = re.search(r"^pulumi==(\S+)$", (CHECKOUT / "requirements.txt").read_text(), re.MULTILINE)

    assert pinned
    assert workflow("preview").step("Install the Pulumi CLI")["with"] == {"pulumi-version": pinned[1]}


def test_the_tool_chain_is_cached_by_its_pins() -> None:
    cache = workflow("ci").step("Find the tool chain of these pins")["with"]

    assert cache["key"].endswith("${{ hashFiles('sandbox/toolchain/**') }}")
    assert {file.parent.name for file in (CHECKOUT / "sandbox" / "toolchain").glob("**/go.mod")} == {
        "kubernetes",
        "lint",
        "pulumi",
    }
