"""`homelab:values` is checked against the inventory, key by key, and no message shows a value."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declaration import DeclarationError, Keys, Problem, parse_apps
from declaration.values.config_values import check_values, unencrypted_values
from tests.declaration.apps import Apps, prepared
from tests.declaration.mutations import DATE
from tests.declaration.sites import keys_of

CANARY = "canary-VaLuE-of-a-secret"
NOT_A_STRING = [7, 1.5, True, False, None, [CANARY], {CANARY: CANARY}, DATE]

APPS: Apps = {
    "web": {
        "namespace": "web",
        "keys": {
            "GENERATED": {"source": "generate", "kind": "hex", "size": 12},
            "GIVEN": {"source": "config"},
            "BY_HAND": {"source": "manual"},
        },
    }
}


def _keys(declared: Apps) -> Keys:
    problems: list[Problem] = []
    apps = parse_apps("homelab:apps", declared, problems)
    assert problems == []
    return keys_of(apps)


def _problems(values: object, *, encrypted: bool = True, apps: Apps = APPS) -> list[Problem]:
    problems = list(check_values(values, encrypted, _keys(apps)))
    message = str(DeclarationError("Pulumi.homelab.yaml", problems))
    assert CANARY not in message
    for problem in problems:
        assert problem.found.strip()
        assert problem.expected.strip()
        assert "run `pulumi config" in problem.fix
    return problems


@pytest.mark.parametrize("values", [None, {}, {"GIVEN": CANARY}, {"GENERATED": CANARY, "GIVEN": "x \n y\n"}])
def test_values_of_keys_that_are_generated_or_given_are_accepted(values: object) -> None:
    assert _problems(values) == []


@pytest.mark.parametrize("value", ["${OTHER}", f"{CANARY}${{prod.apps.OTHER-1}}", "a\n${x}", "${me@example.net}"])
def test_a_value_that_infisical_would_resolve_is_refused(value: str) -> None:
    """If the other secret does not exist, the app would get an empty value without an error."""
    (problem,) = _problems({"GIVEN": value})

    assert problem.path == "homelab:values.GIVEN"
    assert problem.found == "a reference `${…}`, which Infisical replaces with another secret's value"
    assert problem.expected == "a string without `${…}`"


@pytest.mark.parametrize("value", ["$OTHER", "${}", "$ {OTHER}", "${a b}", "{{OTHER}}", "$${"])
def test_a_value_that_only_looks_like_a_reference_is_accepted(value: str) -> None:
    assert _problems({"GIVEN": value}) == []


@pytest.mark.parametrize(
    "value", [f" {CANARY}", f"{CANARY}\t", f"\ufeff{CANARY}", f"{CANARY}\u00a0", f"{CANARY}\n\n", f"{CANARY} \n"]
)
def test_white_space_that_infisical_would_remove_is_refused(value: str) -> None:
    """The app would get a value other than the given one."""
    (problem,) = _problems({"GIVEN": value})

    assert problem.path == "homelab:values.GIVEN"
    assert problem.found == "white space at its start or end, which Infisical removes"
    assert problem.expected == "a string without white space at its start and end, except for one newline at the end"


@pytest.mark.parametrize("value", [f"{CANARY}\n", f"\x1c{CANARY}\x1f", f"\x85{CANARY}", f"a \ufeff {CANARY}", "\u200b"])
def test_a_value_that_infisical_stores_unchanged_is_accepted(value: str) -> None:
    """Python would remove some of these characters, Infisical does not."""
    assert _problems({"GIVEN": value}) == []


def test_an_unencrypted_value_next_to_encrypted_ones_is_refused_with_its_path() -> None:
    """Pulumi marks the whole mapping as secret as soon as one value is encrypted; only the file shows the others."""
    file = {"homelab:values": {"GIVEN": CANARY, "GENERATED": {"secure": "v1:…"}, "a.b": CANARY}}

    unencrypted = unencrypted_values(file)

    assert unencrypted == {"GIVEN", "a.b"}
    values = {"GIVEN": CANARY, "GENERATED": CANARY}
    (problem,) = check_values(values, True, _keys(APPS), unencrypted - {"a.b"})
    assert (problem.path, problem.found) == ("homelab:values.GIVEN", "an unencrypted value")
    assert problem.fix.startswith("run `pulumi config set --secret --path 'homelab:values.GIVEN'`")
    assert CANARY not in str(problem)


@pytest.mark.parametrize(
    "file", [None, [], {}, {"homelab:values": None}, {"homelab:values": CANARY}, {"homelab:values": {"A": CANARY}}]
)
def test_a_file_without_encrypted_values_has_no_value_next_to_them(file: object) -> None:
    assert unencrypted_values(file) == frozenset()


def test_no_value_at_all_needs_no_encryption() -> None:
    assert _problems({}, encrypted=False) == []
    assert _problems(None, encrypted=False) == []


def test_a_value_for_a_key_that_no_app_reads_is_refused_with_the_way_to_remove_it() -> None:
    (problem,) = _problems({"GIVE": CANARY})

    assert (problem.path, problem.found) == ("homelab:values.GIVE", "a value for a key that no app reads")
    assert "`pulumi config rm --path 'homelab:values.GIVE'`" in problem.fix


def test_a_value_for_a_key_that_is_set_by_hand_is_refused_with_both_fixes() -> None:
    (problem,) = _problems({"BY_HAND": CANARY})

    assert problem.path == "homelab:values.BY_HAND"
    assert problem.found == "a value for a key with `source: manual`"
    assert "`source: config`" in problem.fix
    assert "`pulumi config rm --path 'homelab:values.BY_HAND'`" in problem.fix


def test_unencrypted_values_are_refused_with_the_command_that_encrypts() -> None:
    (problem,) = _problems({"GIVEN": CANARY}, encrypted=False)

    assert (problem.path, problem.found) == ("homelab:values", "unencrypted values")
    assert "pulumi config set --secret --path 'homelab:values.KEY'" in problem.fix


@pytest.mark.parametrize(
    ("value", "found"), [("", "an empty string"), (" \n\t", "only white space"), ("\ufeff\n", "only white space")]
)
def test_an_empty_value_is_refused(value: str, found: str) -> None:
    (problem,) = _problems({"GIVEN": value})

    assert (problem.path, problem.found) == ("homelab:values.GIVEN", found)
    assert problem.fix == "run `pulumi config set --secret --path 'homelab:values.GIVEN'`"


@pytest.mark.parametrize("value", NOT_A_STRING, ids=lambda value: type(value).__name__)
def test_a_value_that_is_not_a_string_is_refused_without_being_shown(value: object) -> None:
    (problem,) = _problems({"GIVEN": value})

    assert problem.path == "homelab:values.GIVEN"
    assert problem.expected == "a string"


@pytest.mark.parametrize("values", [CANARY, [CANARY], 7, True, ""], ids=lambda values: type(values).__name__)
def test_values_that_are_not_a_mapping_are_refused_without_being_shown(values: object) -> None:
    (problem,) = _problems(values)

    assert problem.path == "homelab:values"


@pytest.mark.parametrize("key", ["tls.key", ".dotted", "a.b.c"])
def test_the_command_for_a_key_with_a_dot_names_that_key(key: str) -> None:
    """Pulumi reads a dot in a path as a step into a mapping."""
    keys = {"web": {"namespace": "web", "keys": {"a.key": {"source": "config"}, "other": {"source": "manual"}}}}
    (empty,) = _problems({"a.key": ""}, apps=keys)
    (unknown,) = _problems({key: "x"}, apps=keys)

    assert empty.fix == """run `pulumi config set --secret --path 'homelab:values["a.key"]'`"""
    assert f"""`pulumi config rm --path 'homelab:values["{key}"]'`""" in unknown.fix


@st.composite
def _values(draw: st.DrawFn) -> tuple[Apps, dict[str, Any], set[str]]:
    """Apps, values for some of their keys, and the paths of those that must be refused."""
    apps = draw(prepared())
    values: dict[str, Any] = {}
    refused = set()
    for key, declared in {key: it for app in apps.values() for key, it in app["keys"].items()}.items():
        kind = draw(st.sampled_from(["absent", "right", "wrong"]))
        if kind == "absent":
            continue
        wrong = draw(st.sampled_from(["", " ", *NOT_A_STRING]))
        values[key] = CANARY if kind == "right" else wrong
        if kind == "wrong" or declared["source"] == "manual":
            refused.add(f"homelab:values.{key}")
    for key in draw(st.lists(st.sampled_from(["9", "", "a b", "K" * 300]), unique=True)):
        values[key] = CANARY
        refused.add(f"homelab:values.{key}")
    return apps, values, refused


@pytest.mark.usefixtures("declarations_prepared")
@settings(max_examples=50)
@given(_values(), st.booleans())
def test_each_error_is_reported_once_at_its_path(drawn: tuple[Apps, dict[str, Any], set[str]], encrypted: bool) -> None:
    apps, values, refused = drawn
    expected = refused | ({"homelab:values"} if values and not encrypted else set())

    assert Counter(problem.path for problem in _problems(values, encrypted=encrypted, apps=apps)) == Counter(expected)
