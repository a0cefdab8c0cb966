"""Untrusted text adds no markup to the report."""

from __future__ import annotations

from operations.pull_request.report.markdown import block, code, value


def test_a_text_stays_within_its_code_span() -> None:
    assert code("a `b` @team\n# title <img>") == "`a 'b' @team ⏎ # title <img>`"


def test_a_long_text_is_cut() -> None:
    assert code("x" * 500) == f"`{'x' * 120}…`"


def test_control_characters_are_not_shown() -> None:
    assert code("a\x1b[31mb\u202ec") == "`a [31mb c`"


def test_a_text_cannot_end_its_block() -> None:
    assert block("one\n```\n# two\n") == ["```text", "one", "'''", "# two", "```"]


def test_a_long_block_is_cut() -> None:
    assert "more characters)" in block("x" * 10_000)[-2]


def test_values_that_say_nothing_are_described() -> None:
    shown = [value(each) for each in (None, "", 1, True, ["a"], {"b": 1}, "f" * 64)]

    assert shown == ["not set", "an empty string", "`1`", "`true`", '`["a"]`', '`{"b": 1}`', "a hash"]
