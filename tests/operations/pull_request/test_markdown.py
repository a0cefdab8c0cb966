"""A text that anybody may have written is a text in the report, and nothing more."""

from __future__ import annotations

from operations.pull_request.report.markdown import block, code, value


def test_a_text_stays_within_its_code_span() -> None:
    assert code("a `b` @team\n# title <img>") == "`a 'b' @team ⏎ # title <img>`"


def test_a_long_text_is_cut() -> None:
    assert code("x" * 500) == f"`{'x' * 120}…`"


def test_control_characters_are_not_shown() -> None:
    assert code("a\x1b[31mb\u202ec") == "`a [31mb c`"


def test_a_block_cannot_be_ended_from_within() -> None:
    assert block("one\n```\n# two\n") == ["```text", "one", "'''", "# two", "```"]


def test_a_long_block_is_cut() -> None:
    assert "characters more)" in block("x" * 10_000)[-2]


def test_values_are_shown_as_what_they_are() -> None:
    shown = [value(each) for each in (None, "", 1, True, ["a"], {"b": 1}, "f" * 64)]

    assert shown == ["nothing", "an empty text", "`1`", "`true`", '`["a"]`', '`{"b": 1}`', "a fingerprint"]
