"""Errors in apps: each is reported at its path, and all are reported at once."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from declaration import DeclarationError, Problem, parse_apps
from tests.declaration.apps import Apps, prepared
from tests.declaration.mutations import ALONE, BETWEEN, NOT_A_MAPPING, ROOT, SECRET, Mutation

pytestmark = pytest.mark.usefixtures("declarations_prepared")
SEARCH = settings(max_examples=10)


def _problems(declared: object) -> list[Problem]:
    problems: list[Problem] = []
    parse_apps(ROOT, declared, problems)
    return problems


def _assert_refused(declared: object, paths: set[str]) -> None:
    problems = _problems(declared)

    assert Counter(problem.path for problem in problems) == Counter(paths)
    message = str(DeclarationError("Pulumi.homelab.yaml", problems))
    for problem in problems:
        assert problem.found.strip()
        assert problem.expected.strip()
        assert problem.fix.strip()
        assert str(problem) in message
    assert SECRET not in message
    assert f" has {len(problems)} error" in message


@pytest.mark.parametrize("mutation", ALONE, ids=lambda mutation: mutation.__name__)
@SEARCH
@given(data=st.data(), apps=prepared())
def test_only_the_one_error_is_reported_at_its_path(mutation: Mutation, data: st.DataObject, apps: Apps) -> None:
    paths = mutation(data.draw, apps, data.draw(st.sampled_from(list(apps))))

    _assert_refused(apps, paths)


@pytest.mark.parametrize("mutation", BETWEEN, ids=lambda mutation: mutation.__name__)
@SEARCH
@given(data=st.data(), apps=prepared(least=2))
def test_an_error_between_two_apps_is_reported_at_the_later_one(mutation: Any, data: st.DataObject, apps: Apps) -> None:
    first, second = sorted(data.draw(st.permutations(list(apps)))[:2], key=list(apps).index)

    _assert_refused(apps, mutation(data.draw, apps, first, second))


@settings(max_examples=50)
@given(data=st.data(), apps=prepared(least=2))
def test_all_errors_are_reported_at_once(data: st.DataObject, apps: Apps) -> None:
    paths: set[str] = set()
    for app in list(apps):
        mutation = data.draw(st.sampled_from(ALONE))
        paths |= mutation(data.draw, apps, app)

    assert {problem.path for problem in _problems(apps)} == paths


@settings(max_examples=20)
@given(data=st.data(), apps=prepared())
def test_two_errors_in_one_app_are_both_reported(data: st.DataObject, apps: Apps) -> None:
    app = data.draw(st.sampled_from(list(apps)))
    apps[app]["keys"]["ONE"] = {"source": "generate", "kind": "hex", "size": 0}
    apps[app]["keys"]["TWO"] = {"source": "manual", "size": 16, "secretKeys": ["a b"]}
    apps[app]["image"] = "x"

    assert {problem.path for problem in _problems(apps)} == {
        f"{ROOT}.{app}.keys.ONE.size",
        f"{ROOT}.{app}.keys.TWO.size",
        f"{ROOT}.{app}.keys.TWO.secretKeys[0]",
        f"{ROOT}.{app}.image",
    }


@SEARCH
@given(NOT_A_MAPPING)
def test_apps_that_are_not_a_mapping_are_refused_without_being_shown(declared: object) -> None:
    _assert_refused(declared, {ROOT})


@pytest.mark.parametrize(
    ("field", "suggested"),
    [("namespce", "namespace"), ("createNamespaces", "createNamespace"), ("SecretName", "secretName"), ("key", "keys")],
)
def test_a_misspelled_field_is_answered_with_the_right_one(field: str, suggested: str) -> None:
    declared = {"web": {"namespace": "web", "keys": {"KEY": {"source": "manual"}}, field: "x"}}

    (problem,) = _problems(declared)

    assert problem.fix == f"rename it to `{suggested}`, or remove it"


@pytest.mark.parametrize(("source", "suggested"), [("generat", "generate"), ("Manual", "manual"), ("conf", "config")])
def test_a_misspelled_source_is_shown_and_answered_with_the_right_one(source: str, suggested: str) -> None:
    (problem,) = _problems({"web": {"namespace": "web", "keys": {"KEY": {"source": source}}}})

    assert problem.found == repr(source)
    assert problem.fix == f"write `source: {suggested}`"


def test_an_error_in_the_secret_keys_does_not_hide_that_its_source_differs() -> None:
    shared = {"source": "config", "secretKeys": ["a b"]}
    declared = {
        "one": {"namespace": "one", "keys": {"KEY": {"source": "manual"}}},
        "two": {"namespace": "two", "keys": {"KEY": shared}},
    }

    assert {problem.path for problem in _problems(declared)} == {
        f"{ROOT}.two.keys.KEY.secretKeys[0]",
        f"{ROOT}.two.keys.KEY",
    }


KEYS = {"KEY": {"source": "manual"}}


@pytest.mark.parametrize(
    "declared",
    [
        {"argocd": {"namespace": "argocd", "keys": KEYS}},
        {"infisical": {"namespace": "infisical", "secretName": "infisical-secrets", "keys": KEYS}},
        {"a": {"namespace": "web", "secretName": "b-secret", "keys": KEYS}, "b": {"namespace": "web", "keys": KEYS}},
        {
            "a": {"namespace": "web", "secretName": "x", "keys": KEYS},
            "b": {"namespace": "web", "secretName": "x", "keys": KEYS},
        },
    ],
    ids=["default name taken", "given name taken", "default name written by another", "one name given twice"],
)
def test_the_proposed_secret_name_fixes_the_declaration(declared: Apps) -> None:
    (problem,) = _problems(declared)
    proposed = re.fullmatch(r"write `secretName: (.+)`", problem.fix)

    assert proposed
    declared[problem.path.split(".")[1]]["secretName"] = proposed[1]
    assert _problems(declared) == []
