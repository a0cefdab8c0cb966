"""All keys of a folder in one Secret: which of them, and under which names."""

from __future__ import annotations

import pytest

from infisical.whole_folder import WholeFolder, as_text, of_text, pattern, replacement

VALUES = {"PG_USER": "u", "PG_PASSWORD": "p", "PG_PASSWORD_OLD": "o", "OTHER KEY": "x"}


@pytest.mark.parametrize(
    ("folder", "names"),
    [
        (WholeFolder("/"), {"PG_USER", "PG_PASSWORD", "PG_PASSWORD_OLD", "OTHER_KEY"}),
        (WholeFolder("/", include="^PG_"), {"PG_USER", "PG_PASSWORD", "PG_PASSWORD_OLD"}),
        (WholeFolder("/", include="^PG_", exclude="_OLD$"), {"PG_USER", "PG_PASSWORD"}),
        (WholeFolder("/", include="USER", source="^PG_(.*)$", target="DB_${1}"), {"DB_USER"}),
        (WholeFolder("/", include="USER", source="_", target="$$"), {"PG_USER"}),
        (WholeFolder("/", include="USER", source="PG_"), {"USER"}),
        (
            WholeFolder("/", source="^PG_(.*)$", target="$1", exclude="^USER$"),
            {"PASSWORD", "PASSWORD_OLD", "OTHER_KEY"},
        ),
    ],
)
def test_keys_are_chosen_and_renamed(folder: WholeFolder, names: set[str]) -> None:
    assert set(folder.selected(VALUES)) == names
    assert of_text(as_text(folder)) == folder


@pytest.mark.parametrize("text", ["^PG_", "A|B", "(?:a)+b*?", "[A-Z]{2,3}$", r"\\.\d\w"])
def test_a_pattern_that_go_and_python_read_alike_is_accepted(text: str) -> None:
    assert pattern(text) is None


@pytest.mark.parametrize("text", ["(", "(?!a)b", "(?i)a", r"(a)\1", "a++", r"a\Z", "(?P<x>a)", "*"])
def test_any_other_pattern_is_refused(text: str) -> None:
    assert pattern(text)


@pytest.mark.parametrize(("target", "is_valid"), [("$1", True), ("${1}_x", True), ("$1_x", False), ("$2", False)])
def test_a_replacement_refers_to_groups_of_the_pattern(target: str, is_valid: bool) -> None:
    assert (replacement("^(a)", target) is None) == is_valid
