"""The JSON of `pulumi preview` is parsed field by field, and changes of immutable keys are found."""

from __future__ import annotations

import json
from typing import Any

import pytest

from operations.pull_request.immutable import touched_resources
from operations.pull_request.preview import FieldChange, errors_of_events, parse_preview

URN = "urn:pulumi:homelab::homelab::homelab:secrets:Values$"
RANDOM = f"{URN}random:index/randomPassword:RandomPassword::"
SECRET = f"{URN}kubernetes:core/v1:Secret::infisical-secrets"
SEED = f"{URN}infisical:index:Secret::SIGNING_KEY"
APPLICATION = f"{URN}kubernetes:argoproj.io/v1alpha1:Application::infisical"
APP = f"{URN}kubernetes:external-secrets.io/v1:ExternalSecret::web/web-secret"


def step(op: str, urn: str, old: Any = None, new: Any = None, **more: Any) -> dict[str, Any]:
    return {"op": op, "urn": urn, "oldState": old, "newState": new, **more}


def state(*, protect: bool = False, **inputs: Any) -> dict[str, Any]:
    return {"custom": True, "inputs": inputs, "protect": protect}


def fields(old: Any, new: Any, *paths: str) -> list[FieldChange]:
    detailed = {path: {"kind": "update"} for path in paths}
    raw = step("update", f"{URN}a:b:C::c", state(**old), state(**new), detailedDiff=detailed)
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
def test_a_change_is_reported_field_by_field(
    old: Any, new: Any, path: str, expected: list[tuple[str, Any, Any]]
) -> None:
    assert [(each.path, each.old, each.new) for each in fields(old, new, path)] == expected


def test_without_details_the_reasons_name_the_fields() -> None:
    raw = step("update", f"{URN}a:b:C::c", state(a=1, b=1), state(a=2, b=2), diffReasons=["b"])
    (parsed,) = parse_preview(json.dumps({"steps": [raw]}), 0).steps

    assert [change.path for change in parsed.fields] == ["b"]


def test_the_steps_of_a_replacement_become_one() -> None:
    operations = ("create-replacement", "replace", "delete-replaced")
    steps = [step(op, f"{URN}a:b:C::c", state(a=1), state(a=2), detailedDiff={"a": {}}) for op in operations]
    preview = parse_preview(json.dumps({"steps": steps}), 0)

    assert [(each.action, [change.path for change in each.fields]) for each in preview.steps] == [("replace", ["a"])]


def test_only_errors_are_reported_of_the_messages_of_a_program() -> None:
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
    ("raw", "reported"),
    [
        (
            step("delete", f"{RANDOM}infisical-encryption-key", state(protect=True)),
            [
                (
                    "ENCRYPTION_KEY",
                    "RandomPassword infisical-encryption-key would be deleted, "
                    "which Pulumi refuses because it is protected",
                )
            ],
        ),
        (
            step("replace", f"{RANDOM}SIGNING_KEY", state(), state()),
            [("SIGNING_KEY", "RandomPassword SIGNING_KEY would be replaced")],
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
            [("ENCRYPTION_KEY", "Secret infisical-secrets would get a different ENCRYPTION_KEY")],
        ),
        (
            step(
                "update", SECRET, state(data="[secret]"), state(data="[secret]"), detailedDiff={"data.AUTH_SECRET": {}}
            ),
            [],
        ),
        (step("delete", f"{RANDOM}ORDINARY", state(protect=True)), []),
        (step("same", f"{RANDOM}SIGNING_KEY", state(protect=True), state(protect=True)), []),
    ],
    ids=["deleted", "replaced", "unprotected", "another", "other-key", "ordinary", "same"],
)
def test_a_change_of_a_resource_that_holds_an_immutable_key_is_found(
    raw: dict[str, Any], reported: list[tuple[str, str]]
) -> None:
    preview = parse_preview(json.dumps({"steps": [raw]}), 0)

    assert list(touched_resources(preview, {"SIGNING_KEY"})) == reported


def test_a_new_value_for_a_seeded_immutable_key_is_found() -> None:
    for path in ("value", "trigger"):
        raw = step("update", SEED, state(), state(), detailedDiff={path: {}})
        assert found_in(raw) == [("SIGNING_KEY", "Secret SIGNING_KEY would get a different value")]
    assert found_in(step("update", SEED, state(), state(), detailedDiff={"deleteWithResource": {}})) == []


def test_a_different_secret_for_infisical_is_found() -> None:
    path = "spec.source.helm.valuesObject.infisical.kubeSecretRef"

    raw = step("update", APPLICATION, state(), state(), detailedDiff={path: {}})

    assert found_in(raw) == [("ENCRYPTION_KEY", "Application infisical would read it from a different Secret")]


def test_a_different_remote_key_in_place_of_an_immutable_one_is_found() -> None:
    def reads(**keys: str) -> dict[str, Any]:
        data = [{"secretKey": secret_key, "remoteRef": {"key": key}} for secret_key, key in keys.items()]
        return state(spec={"data": data})

    before = reads(password="ORDINARY", secret="web/SIGNING_KEY")
    for after, is_found in (
        (reads(password="ORDINARY", secret="web/OTHER"), True),
        (reads(password="ORDINARY"), True),
        (reads(added="ADDED", password="OTHER", secret="web/SIGNING_KEY"), False),
    ):
        raw = step("update", APP, before, after, detailedDiff={"spec.data": {}})
        expected = [("SIGNING_KEY", "ExternalSecret web/web-secret would no longer read secret from it")]
        assert found_in(raw) == (expected if is_found else [])


def test_a_second_writer_of_the_secret_with_the_encryption_key_is_found() -> None:
    there = state(metadata={"namespace": "infisical", "name": "infisical-secrets"}, data="[secret]")
    other = step("create", f"{URN}kubernetes:core/v1:SecretPatch::other", None, there)

    assert found_in(step("same", SECRET, there, there), other) == [
        ("ENCRYPTION_KEY", "SecretPatch other would also write the Secret infisical/infisical-secrets")
    ]
    assert found_in(step("create", SECRET, None, there)) == []


def found_in(*raw: dict[str, Any]) -> list[tuple[str, str]]:
    return list(touched_resources(parse_preview(json.dumps({"steps": raw}), 0), {"SIGNING_KEY"}))
