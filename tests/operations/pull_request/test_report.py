"""What stops a change is said first, and ends with another exit code."""

from __future__ import annotations

import pytest

from declaration import Problem
from operations.pull_request.keys import KeyChange
from operations.pull_request.preview import FieldChange, Preview, Step
from operations.pull_request.report.report import Report, Validation

FOR_EVER = KeyChange("FOR_EVER", "web", "removed", touches_immutable=True)
ORDINARY = KeyChange("PASSWORD", "web", "added", touches_immutable=False)
PROBLEM = Problem("homelab:apps.web", "a string", "a mapping", "write one")
FINE = Preview((), (), succeeded=True)


@pytest.mark.parametrize(
    ("report", "is_clean"),
    [
        (Report("a", "b", keys=(ORDINARY,), preview=FINE, validation=Validation(valid=3)), True),
        (Report("a", "b", keys=(), preview=FINE, validation=Validation(missing="there are none.")), True),
        (Report("a", "b", keys=(FOR_EVER,), preview=FINE), False),
        (Report("a", "b", keys=(), preview=FINE, touched=(("FOR_EVER", "gone"),)), False),
        (Report("a", "b", problems=(PROBLEM,)), False),
        (Report("a", "b", preview=FINE, base_problems=(PROBLEM,)), False),
        (Report("a", "b", keys=(), base_errors=("no such module",)), False),
        (Report("a", "b", keys=(), preview=Preview((), ("refused",), succeeded=False)), False),
        (Report("a", "b", keys=(), preview=FINE, validation=Validation(problems={"Secret": ["wrong"]})), False),
    ],
    ids=["clean", "unvalidated", "key", "resource", "broken", "base", "base-program", "refused", "invalid"],
)
def test_a_report_says_whether_something_stops_the_change(report: Report, is_clean: bool) -> None:
    assert report.is_clean is is_clean


def test_keys_that_must_immutable_come_first_and_in_bold() -> None:
    report = Report("a", "b", keys=(FOR_EVER, ORDINARY), touched=(("FOR_EVER", "it is gone"),), preview=FINE)
    title, _, first, _, key, *_ = report.to_markdown().splitlines()

    assert title == "# What `b` would change in `a`"
    assert first.startswith("**Keys that must never change are touched")
    assert key == "- **`FOR_EVER`**: removed (web); it is gone"


def test_a_base_that_cannot_be_read_is_told_with_what_was_not_compared() -> None:
    shown = Report("a", "b", base_problems=(PROBLEM,), preview=FINE).to_markdown()

    assert "no keys were compared, those that must never change among them.**" in shown
    assert "homelab:apps.web\n    found:    a string" in shown
    assert "## Keys" not in shown


def test_what_a_program_says_is_a_text_in_the_report() -> None:
    step = Step(
        action="update",
        urn="urn:pulumi:s::p::example:index:Thing::`# <b>name</b>\n@team",
        custom=True,
        inputs={},
        before={},
        fields=(FieldChange("a`b", "<img>", "[link](x)"),),
        was_protected=False,
        is_protected=False,
    )
    shown = Report("a", "b", preview=Preview((step,), ("```\n# title",), succeeded=False)).to_markdown()

    assert "- `example Thing` `'# <b>name</b> ⏎ @team`\n  - `a'b`: `<img>` → `[link](x)`" in shown
    assert "```text\n'''\n# title\n```" in shown
