"""The comment under a pull request: the script of the workflow, against the fake GitHub."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.checkout import CHECKOUT
from tests.waiting import PATIENCE_SECONDS
from tests.workflows.fake_github import FakeGitHub, packed, pull, serving
from tests.workflows.workflow import workflow

TOKEN = "canary-of-the-token"
MARKER = "<!-- homelab-preview -->"
FORK, BRANCH, SHA = "stranger/homelab", "add-an-app", "5" * 40

Comment = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def github() -> Iterator[FakeGitHub]:
    """Pull request 7, from a fork; its run 31 left a report."""
    github = FakeGitHub(pulls=[pull(7, FORK, BRANCH, SHA)], artifacts={"31": [packed("# Report\n\ntwo keys added")]})
    with serving(github):
        yield github


@pytest.fixture
def comment(github: FakeGitHub, tmp_path: Path) -> Comment:
    """Runs the script for an event about that run; keyword arguments change the event."""

    def run(**changed: str) -> subprocess.CompletedProcess[str]:
        event = {
            "BASE": "main",
            "RUN_ID": "31",
            "RUN_URL": "https://github.example/owner/homelab/actions/runs/31",
            "CONCLUSION": "success",
            "HEAD_SHA": SHA,
            "HEAD_BRANCH": BRANCH,
            "HEAD_OWNER": FORK.split("/")[0],
            "HEAD_REPOSITORY": FORK,
        }
        assert set(event) | {"GITHUB_TOKEN"} == set(workflow("preview-comment").step("Comment")["env"])
        from_github = {"GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": "owner/homelab", "GITHUB_TOKEN": TOKEN}
        done = subprocess.run(
            [sys.executable, "-I", CHECKOUT / ".github" / "preview_comment.py"],
            env={**event, **changed, **from_github},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        assert TOKEN not in done.stdout + done.stderr
        return done

    return run


def bodies(github: FakeGitHub, number: int = 7) -> list[str]:
    return [each["body"] for each in github.comments.get(number, [])]


def succeed(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr


def test_the_report_is_a_comment_on_its_pull_request(github: FakeGitHub, comment: Comment) -> None:
    succeed(comment())

    (body,) = bodies(github)
    assert body.startswith(MARKER)
    assert SHA in body
    assert "actions/runs/31" in body
    assert body.endswith("# Report\n\ntwo keys added")


def test_a_second_report_replaces_the_first(github: FakeGitHub, comment: Comment) -> None:
    succeed(comment())
    github.artifacts["32"] = [packed("another report")]
    succeed(comment(RUN_ID="32"))

    (body,) = bodies(github)
    assert body.endswith("another report")
    assert [method for method, _ in github.written] == ["POST", "PATCH"]


def test_the_existing_comment_is_found_after_many_others(github: FakeGitHub, comment: Comment) -> None:
    for number in range(150):
        github.comment(7, f"talk {number}", login="somebody")
    github.comment(7, f"{MARKER}\nearlier")
    succeed(comment())

    assert len(bodies(github)) == 151
    assert bodies(github)[-1].endswith("two keys added")


def test_comments_of_others_are_never_edited(github: FakeGitHub, comment: Comment) -> None:
    theirs = f"{MARKER}\nmine"
    github.comment(7, theirs, login="stranger")
    github.comment(7, f"by another workflow, about {MARKER}")
    succeed(comment())

    assert bodies(github)[:2] == [theirs, f"by another workflow, about {MARKER}"]
    assert len(bodies(github)) == 3


def test_the_report_does_not_choose_the_pull_request(github: FakeGitHub, comment: Comment) -> None:
    github.pulls.append(pull(8, "owner/homelab", "release", "8" * 40))
    github.artifacts["31"] = [packed('{"number": 8}\nPR_NUMBER=8\n#8')]
    succeed(comment())

    assert bodies(github, 8) == []
    assert len(bodies(github, 7)) == 1


def test_an_outdated_commit_gets_no_comment(github: FakeGitHub, comment: Comment) -> None:
    github.pulls = [pull(7, FORK, BRANCH, "6" * 40)]
    done = comment()

    succeed(done)
    assert "no comment: " in done.stdout
    assert github.written == []


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"HEAD_SHA": "9" * 40}, id="another commit"),
        pytest.param({"HEAD_REPOSITORY": "other/homelab", "HEAD_OWNER": "other"}, id="another fork"),
        pytest.param({"HEAD_REPOSITORY": "", "HEAD_OWNER": ""}, id="a deleted fork"),
        pytest.param({"HEAD_BRANCH": ""}, id="no branch"),
        pytest.param({"HEAD_BRANCH": "x&head=stranger:add-an-app"}, id="a branch that injects a query parameter"),
    ],
)
def test_an_event_without_a_matching_pull_request_adds_no_comment(
    github: FakeGitHub, comment: Comment, event: dict[str, str]
) -> None:
    succeed(comment(**event))

    assert github.written == []


def test_a_failed_preview_is_marked_above_its_report(github: FakeGitHub, comment: Comment) -> None:
    succeed(comment(CONCLUSION="failure"))

    (body,) = bodies(github)
    assert "**This preview failed.**" in body.split("---")[0]
    assert body.endswith("two keys added")


def test_the_newest_report_of_a_run_is_shown(github: FakeGitHub, comment: Comment) -> None:
    github.artifacts["31"].append(packed("second attempt"))
    succeed(comment())

    assert bodies(github)[0].endswith("second attempt")


@pytest.mark.parametrize(
    ("artifacts", "reason"),
    [
        pytest.param([], "left no report", id="none"),
        pytest.param([b"not a zip"], "not a report (BadZipFile)", id="no archive"),
        pytest.param([packed("x", name="../../etc/passwd")], "not a report (KeyError)", id="another file"),
        pytest.param([packed("x" * 400)[:40] + packed("x" * 400)[48:]], "not a report", id="a damaged one"),
        pytest.param([bytes(1_000_001)], "too large", id="a large one"),
    ],
)
def test_an_artifact_that_is_not_a_report_is_not_shown(
    github: FakeGitHub, comment: Comment, artifacts: list[bytes], reason: str
) -> None:
    github.artifacts["31"] = artifacts
    succeed(comment())

    assert reason in bodies(github)[0]


def test_a_long_report_is_truncated(github: FakeGitHub, comment: Comment) -> None:
    github.artifacts["31"] = [packed("@" * 50_000_000)]
    succeed(comment())

    (body,) = bodies(github)
    assert "truncated" in body
    assert len(body) < 65_536


def test_a_report_mentions_nobody_and_hides_nothing(github: FakeGitHub, comment: Comment) -> None:
    github.artifacts["31"] = [packed("@everyone \u202e\x1b[31m\x00 ok\r\nnext\ttab")]
    succeed(comment())

    assert bodies(github)[0].endswith("@\u200beveryone [31m ok\nnext\ttab")


def test_the_report_is_never_written_to_disk(comment: Comment, tmp_path: Path) -> None:
    succeed(comment())

    assert list(tmp_path.iterdir()) == []


def test_the_artifact_storage_never_receives_the_token(github: FakeGitHub, comment: Comment) -> None:
    succeed(comment())

    tokens = dict(github.tokens)
    (storage,) = (path for path in tokens if "/storage/" in path)
    assert tokens.pop(storage) is None
    assert set(tokens.values()) == {f"Bearer {TOKEN}"}


def test_an_error_of_github_is_reported(github: FakeGitHub, comment: Comment) -> None:
    github.failure = 403
    done = comment()

    assert done.returncode == 1
    assert "/repos/owner/homelab/pulls" in done.stderr
    assert "GitHub answered 403" in done.stderr
