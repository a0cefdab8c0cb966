"""The comment under a pull request: the workflow's own script, against a stand-in for GitHub's API."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.workflows.github import GitHub, packed, pull, serving
from tests.workflows.workflow import CHECKOUT, workflow

TOKEN = "canary-of-the-token"
MARKER = "<!-- homelab-preview -->"
FORK, BRANCH, SHA = "stranger/homelab", "add-an-app", "5" * 40

Comment = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def github() -> Iterator[GitHub]:
    """A fork's pull request number 7, whose run 31 left a report."""
    github = GitHub(pulls=[pull(7, FORK, BRANCH, SHA)], artifacts={"31": [packed("# Report\n\ntwo keys added")]})
    with serving(github):
        yield github


@pytest.fixture
def comment(github: GitHub, tmp_path: Path) -> Comment:
    """Runs the script for an event about that pull request's run; keywords change the event."""
    script = tmp_path / "script.py"
    script.write_text(workflow("preview-comment").step("Comment")["run"])

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
        by_github = {"GITHUB_API_URL": github.url, "GITHUB_REPOSITORY": "owner/homelab", "GITHUB_TOKEN": TOKEN}
        done = subprocess.run(
            [sys.executable, script],
            env={**event, **changed, **by_github},
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert TOKEN not in done.stdout + done.stderr
        return done

    return run


def bodies(github: GitHub, number: int = 7) -> list[str]:
    return [each["body"] for each in github.comments.get(number, [])]


def must(done: subprocess.CompletedProcess[str]) -> None:
    assert done.returncode == 0, done.stderr


def test_the_report_stands_under_its_pull_request(github: GitHub, comment: Comment) -> None:
    must(comment())

    (body,) = bodies(github)
    assert body.startswith(MARKER)
    assert SHA in body
    assert "actions/runs/31" in body
    assert body.endswith("# Report\n\ntwo keys added")


def test_one_comment_is_edited_in_place(github: GitHub, comment: Comment) -> None:
    must(comment())
    github.artifacts["32"] = [packed("another report")]
    must(comment(RUN_ID="32"))

    (body,) = bodies(github)
    assert body.endswith("another report")
    assert [method for method, _ in github.written] == ["POST", "PATCH"]


def test_the_earlier_comment_is_found_behind_many_others(github: GitHub, comment: Comment) -> None:
    for number in range(150):
        github.comment(7, f"talk {number}", login="somebody")
    github.comment(7, f"{MARKER}\nearlier")
    must(comment())

    assert len(bodies(github)) == 151
    assert bodies(github)[-1].endswith("two keys added")


def test_what_others_wrote_is_never_edited(github: GitHub, comment: Comment) -> None:
    theirs = f"{MARKER}\nmine"
    github.comment(7, theirs, login="stranger")
    github.comment(7, f"by another workflow, about {MARKER}")
    must(comment())

    assert bodies(github)[:2] == [theirs, f"by another workflow, about {MARKER}"]
    assert len(bodies(github)) == 3


def test_the_report_does_not_choose_the_pull_request(github: GitHub, comment: Comment) -> None:
    github.pulls.append(pull(8, "owner/homelab", "release", "8" * 40))
    github.artifacts["31"] = [packed('{"number": 8}\nPR_NUMBER=8\n#8')]
    must(comment())

    assert bodies(github, 8) == []
    assert len(bodies(github, 7)) == 1


def test_a_commit_that_is_no_longer_the_newest_is_not_commented_on(github: GitHub, comment: Comment) -> None:
    github.pulls = [pull(7, FORK, BRANCH, "6" * 40)]
    done = comment()

    must(done)
    assert "nothing to comment on" in done.stdout
    assert github.written == []


@pytest.mark.parametrize(
    "event",
    [
        pytest.param({"HEAD_SHA": "9" * 40}, id="another commit"),
        pytest.param({"HEAD_REPOSITORY": "other/homelab", "HEAD_OWNER": "other"}, id="another fork"),
        pytest.param({"HEAD_REPOSITORY": "", "HEAD_OWNER": ""}, id="a fork that is gone"),
        pytest.param({"HEAD_BRANCH": ""}, id="no branch"),
        pytest.param({"HEAD_BRANCH": "x&head=stranger:add-an-app"}, id="a branch that would ask for another"),
    ],
)
def test_an_event_that_fits_no_pull_request_comments_on_none(
    github: GitHub, comment: Comment, event: dict[str, str]
) -> None:
    must(comment(**event))

    assert github.written == []


def test_a_failed_preview_says_so_above_its_report(github: GitHub, comment: Comment) -> None:
    must(comment(CONCLUSION="failure"))

    (body,) = bodies(github)
    assert "**This preview failed.**" in body.split("---")[0]
    assert body.endswith("two keys added")


def test_the_newest_report_of_a_run_is_shown(github: GitHub, comment: Comment) -> None:
    github.artifacts["31"].append(packed("of the second attempt"))
    must(comment())

    assert bodies(github)[0].endswith("of the second attempt")


@pytest.mark.parametrize(
    ("artifacts", "said"),
    [
        pytest.param([], "left no report", id="none"),
        pytest.param([b"not a zip"], "not a report (BadZipFile)", id="no archive"),
        pytest.param([packed("x", name="../../etc/passwd")], "not a report (KeyError)", id="another file"),
        pytest.param([packed("x" * 400)[:40] + packed("x" * 400)[48:]], "not a report", id="a damaged one"),
        pytest.param([bytes(1_000_001)], "too large", id="a large one"),
    ],
)
def test_what_is_no_report_is_told_and_not_shown(
    github: GitHub, comment: Comment, artifacts: list[bytes], said: str
) -> None:
    github.artifacts["31"] = artifacts
    must(comment())

    assert said in bodies(github)[0]


def test_a_long_report_is_cut_to_what_github_takes(github: GitHub, comment: Comment) -> None:
    github.artifacts["31"] = [packed("@" * 50_000_000)]
    must(comment())

    (body,) = bodies(github)
    assert "cut here" in body
    assert len(body) < 65_536


def test_a_report_calls_nobody_and_hides_nothing(github: GitHub, comment: Comment) -> None:
    github.artifacts["31"] = [packed("@everyone \u202e\x1b[31m\x00 ok\r\nnext\ttab")]
    must(comment())

    assert bodies(github)[0].endswith("@\u200beveryone [31m ok\nnext\ttab")


def test_nothing_of_the_report_is_written_to_disk(comment: Comment, tmp_path: Path) -> None:
    must(comment())

    assert [path.name for path in tmp_path.iterdir()] == ["script.py"]


def test_the_storage_of_the_artifacts_never_sees_the_token(github: GitHub, comment: Comment) -> None:
    must(comment())

    tokens = dict(github.tokens)
    (storage,) = (path for path in tokens if "/storage/" in path)
    assert tokens.pop(storage) is None
    assert set(tokens.values()) == {f"Bearer {TOKEN}"}


def test_a_refusal_of_github_is_told(github: GitHub, comment: Comment) -> None:
    github.broken = 403
    done = comment()

    assert done.returncode == 1
    assert "/repos/owner/homelab/pulls" in done.stderr
    assert "was answered with 403" in done.stderr


def test_the_script_keeps_to_this_projects_rules(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(workflow("preview-comment").step("Comment")["run"])
    for check in (["check"], ["format", "--check"]):
        argv = [sys.executable, "-m", "ruff", *check, "--config", CHECKOUT / "pyproject.toml", "--no-cache", script]
        done = subprocess.run(argv, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout
