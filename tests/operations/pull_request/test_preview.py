"""The engine's own JSON becomes facts: what is done, field by field."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.pull_request.immutable import touched_resources
from operations.pull_request.preview import FieldChange, errors_of_events, parse_preview

URN = "urn:pulumi:homelab::homelab::homelab:secrets:Values$"
RANDOM = f"{URN}random:index/randomPassword:RandomPassword::"
SECRET = f"{URN}kubernetes:core/v1:Secret::infisical-secrets"
SEED = f"{URN}infisical:index:Secret::/FOR_EVER"
APPLICATION = f"{URN}kubernetes:argoproj.io/v1alpha1:Application::infisical"
APP = f"{URN}kubernetes:external-secrets.io/v1:ExternalSecret::web/web-secret"


def step(op: str, urn: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": urn, "oldState": old, "newState": new, **more}


def state(*, protect: bool = False, **inputs: Any) -> dict[str, Any]:
    return {"custom": True, "inputs": inputs, "protect": protect}


def fields(old: Any, new: Any, *paths: str) -> list[FieldChange]:
    told = {path: {"kind": "update"} for path in paths}
    raw = step("update", f"{URN}a:b:C::c", state(**old), state(**new), detailedDiff=told)
    (parsed,) = parse_preview(json.dumps({"steps": [raw]}), 0).steps
    return list(parsed.fields)


@pytest.mark.parametrize(
    ("old", "new", "path", "expected"),
    [
        ({"a": {"b": "1"}}, {"a": {"b": "2"}}, "a.b", [("a.b", "1", "2")]),
        ({"a": [1, 2]}, {"a": [1]}, "a[1]", [("a[1]", 2, None)]),
        ({"a": {"x.y/z": 1}}, {"a": {}}, 'a["x.y/z"]', [('a["x.y/z"]', 1, None)]),
        ({"a": {"b": 1, "c": 2}}, {"a": {"b": 1, "c": 3}}, "a", [("a.c", 2, 3)]),
        ({}, {"a": {"b": {"c": 1}, "d/e": 2}}, "a", [("a.b.c", None, 1), ('a["d/e"]', None, 2)]),
        ({"a": "[secret]"}, {"a": "[secret]"}, "a.KEY", [("a.KEY", "[secret]", "[secret]")]),
        ({"a": 1}, {"a": {"b": 2}}, "a", [("a", 1, {"b": 2})]),
        ({"a": {}}, {}, "a", [("a", {}, None)]),
    ],
    ids=["text", "item", "quoted", "within", "added", "secret", "kind", "empty"],
)
def test_a_change_is_told_field_by_field(old: Any, new: Any, path: str, expected: list[tuple[str, Any, Any]]) -> None:
    assert [(each.path, each.old, each.new) for each in fields(old, new, path)] == expected


def test_without_details_the_reasons_say_what_differs() -> None:
    raw = step("update", f"{URN}a:b:C::c", state(a=1, b=1), state(a=2, b=2), diffReasons=["b"])
    (parsed,) = parse_preview(json.dumps({"steps": [raw]}), 0).steps

    assert [change.path for change in parsed.fields] == ["b"]


def test_the_steps_of_a_replacement_are_one() -> None:
    operations = ("create-replacement", "replace", "delete-replaced")
    steps = [step(op, f"{URN}a:b:C::c", state(a=1), state(a=2), detailedDiff={"a": {}}) for op in operations]
    preview = parse_preview(json.dumps({"steps": steps}), 0)

    assert [(each.action, [change.path for change in each.fields]) for each in preview.steps] == [("replace", ["a"])]


def test_errors_are_told_and_other_messages_of_a_program_are_not() -> None:
    diagnostics = [
        {"severity": "info#err", "message": "printed by the program"},
        {"severity": "warning", "message": "warned"},
        {"severity": "error", "message": "error: no such thing\n"},
        {"severity": "error", "message": "error: preview failed\n"},
    ]
    events = [json.dumps({"diagnosticEvent": each}) for each in diagnostics]

    assert parse_preview(json.dumps({"diagnostics": diagnostics}), 1).errors == ("no such thing",)
    assert errors_of_events("\n".join(["not JSON", *events, json.dumps({"summaryEvent": {}})])) == ("no such thing",)


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (
            step("delete", f"{RANDOM}infisical-encryption-key", state(protect=True)),
            [
                (
                    "ENCRYPTION_KEY",
                    "RandomPassword infisical-encryption-key would be deleted; "
                    "the engine refuses, since it is protected",
                )
            ],
        ),
        (
            step("replace", f"{RANDOM}FOR_EVER", state(), state()),
            [("FOR_EVER", "RandomPassword FOR_EVER would be replaced")],
        ),
        (
            step("same", f"{URN}pulumi:index:Stash::infisical-encryption-key", state(protect=True), state()),
            [("ENCRYPTION_KEY", "Stash infisical-encryption-key would no longer be protected")],
        ),
        (
            step(
                "update",
                SECRET,
                state(data="[secret]"),
                state(data="[secret]"),
                detailedDiff={"data.ENCRYPTION_KEY": {}},
            ),
            [("ENCRYPTION_KEY", "Secret infisical-secrets would get another ENCRYPTION_KEY")],
        ),
        (
            step(
                "update", SECRET, state(data="[secret]"), state(data="[secret]"), detailedDiff={"data.AUTH_SECRET": {}}
            ),
            [],
        ),
        (step("delete", f"{RANDOM}ORDINARY", state(protect=True)), []),
        (step("same", f"{RANDOM}FOR_EVER", state(protect=True), state(protect=True)), []),
    ],
    ids=["deleted", "replaced", "unprotected", "another", "other-key", "ordinary", "same"],
)
def test_a_resource_that_holds_a_key_for_ever_is_watched(raw: dict[str, Any], told: list[tuple[str, str]]) -> None:
    preview = parse_preview(json.dumps({"steps": [raw]}), 0)

    assert list(touched_resources(preview, {"FOR_EVER"})) == told


def test_what_immutables_is_not_set_anew_where_it_is_seeded() -> None:
    for path in ("value", "trigger"):
        raw = step("update", SEED, state(), state(), detailedDiff={path: {}})
        assert told_of(raw) == [("FOR_EVER", "Secret /FOR_EVER would get another value")]
    assert told_of(step("update", SEED, state(), state(), detailedDiff={"deleteWithResource": {}})) == []


def test_infisical_is_not_given_another_secret_to_start_with() -> None:
    path = "spec.source.helm.valuesObject.infisical.kubeSecretRef"

    raw = step("update", APPLICATION, state(), state(), detailedDiff={path: {}})

    assert told_of(raw) == [("ENCRYPTION_KEY", "Application infisical would take it from another Secret")]


def test_an_app_is_not_given_another_secret_of_infisicals_in_place_of_one_that_immutables() -> None:
    def reads(**keys: str) -> dict[str, Any]:
        data = [{"secretKey": fed, "remoteRef": {"key": key}} for fed, key in keys.items()]
        return state(spec={"data": data})

    before = reads(password="ORDINARY", secret="web/FOR_EVER")
    for after, told in (
        (reads(password="ORDINARY", secret="web/OTHER"), True),
        (reads(password="ORDINARY"), True),
        (reads(added="ADDED", password="OTHER", secret="web/FOR_EVER"), False),
    ):
        raw = step("update", APP, before, after, detailedDiff={"spec.data": {}})
        expected = [("FOR_EVER", "ExternalSecret web/web-secret would no longer take secret from it")]
        assert told_of(raw) == (expected if told else [])


def test_nobody_else_writes_the_secret_that_holds_the_encryption_key() -> None:
    there = state(metadata={"namespace": "infisical", "name": "infisical-secrets"}, data="[secret]")
    other = step("create", f"{URN}kubernetes:core/v1:SecretPatch::other", None, there)

    assert told_of(step("same", SECRET, there, there), other) == [
        ("ENCRYPTION_KEY", "SecretPatch other would write infisical/infisical-secrets, too")
    ]
    assert told_of(step("create", SECRET, None, there)) == []


def told_of(*raw: dict[str, Any]) -> list[tuple[str, str]]:
    return list(touched_resources(parse_preview(json.dumps({"steps": raw}), 0), {"FOR_EVER"}))
