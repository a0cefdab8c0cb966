"""Diff: the changes, and which of them need a replacement."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import provider_pb2

from tests.plugins.kubernetes.calling import Caller
from tests.plugins.kubernetes.objects import Made, config_map, resource
from tooling.plugin.properties import UNKNOWN

KINDS = provider_pb2.PropertyDiff.Kind


@pytest.fixture
async def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Caller:
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))
    caller = Caller()
    await caller.configure()
    return caller


def existing(caller: Caller, manifest: dict[str, Any], *, patch: bool = False) -> Made:
    """A resource whose live object is what its inputs say, and what the API server adds."""
    made = resource(caller, manifest, patch=patch)
    live = copy.deepcopy(manifest)
    live["metadata"] |= {"uid": "u", "resourceVersion": "7", "creationTimestamp": "2026-01-01T00:00:00Z"}
    made.state.update({**live, "status": {"phase": "Active"}, "__inputs": manifest})
    return made


async def kinds_of(made: Made, change: Callable[[dict[str, Any]], object], *ignored: str) -> dict[str, str]:
    new = copy.deepcopy(made.inputs)
    change(new)
    answer = await made.diff(new, tuple(ignored))
    assert answer.hasDetailedDiff
    assert answer.changes == (
        provider_pb2.DiffResponse.DIFF_SOME if answer.detailedDiff else provider_pb2.DiffResponse.DIFF_NONE
    )
    return {path: KINDS.Name(found.kind) for path, found in answer.detailedDiff.items()}


async def test_what_the_api_server_adds_is_no_difference(offline: Caller) -> None:
    assert await kinds_of(existing(offline, config_map("n")), lambda new: None) == {}


async def test_paths_and_kinds_of_changes(offline: Caller) -> None:
    custom = {
        "apiVersion": "test.example/v1",
        "kind": "Thing",
        "metadata": {"name": "it", "namespace": "n", "annotations": {"a.b/c": "1"}},
        "spec": {"list": [{"a": 1}, {"a": 2}], "gone": True, "number": 1},
    }

    def change(new: dict[str, Any]) -> None:
        del new["spec"]["gone"]
        new["spec"]["number"] = 2
        new["spec"]["list"] = [{"a": 1, "b": 1}, {"a": 3}, {"a": 4}]
        new["metadata"]["annotations"] = {"a.b/c": "2", "plain": "1"}

    assert await kinds_of(existing(offline, custom), change) == {
        'metadata.annotations["a.b/c"]': "UPDATE",
        "metadata.annotations.plain": "ADD",
        "spec.gone": "DELETE",
        "spec.list[0].b": "ADD",
        "spec.list[1].a": "UPDATE",
        "spec.list[2]": "ADD",
        "spec.number": "UPDATE",
    }


async def test_a_deleted_property_is_a_difference_of_the_inputs(offline: Caller) -> None:
    made = existing(offline, config_map("n", a="1", b="1"))

    answer = await made.diff(config_map("n", a="1"))

    assert answer.detailedDiff["data.b"].inputDiff
    assert list(answer.replaces) == ["data.b"]


async def test_ignored_paths_are_not_compared(offline: Caller) -> None:
    made = existing(offline, {**config_map("n", a="1"), "kind": "Thing", "apiVersion": "test.example/v1"})

    found = await kinds_of(made, lambda new: new["data"].update(a="2", b="1"), "data.a", "metadata")

    assert found == {"data.b": "ADD"}


async def test_unknown_values_are_changes(offline: Caller) -> None:
    found = await kinds_of(
        existing(offline, {**config_map("n", a="1"), "kind": "Thing", "apiVersion": "test.example/v1"}),
        lambda new: new["data"].update(a=UNKNOWN, b=UNKNOWN),
    )

    assert found == {"data.a": "UPDATE", "data.b": "ADD"}


@pytest.mark.parametrize(
    ("kind", "immutable", "mutable"),
    [
        ("v1/ConfigMap", "data", "metadata.labels"),
        ("v1/Secret", "data", "metadata.labels"),
        ("v1/Secret", "type", "metadata.annotations"),
        ("test.example/v1/Thing", "metadata.namespace", "spec.anything"),
    ],
)
async def test_immutable_fields_need_a_replacement(offline: Caller, kind: str, immutable: str, mutable: str) -> None:
    api_version, _, name = kind.rpartition("/")

    def having(path: str, value: str) -> dict[str, Any]:
        manifest: dict[str, Any] = {
            "apiVersion": api_version,
            "kind": name,
            "metadata": {"name": "it", "namespace": "n"},
        }
        place = manifest
        *around, last = path.split(".")
        for key in around:
            place = place.setdefault(key, {})
        place[last] = {"key": value} if last in ("data", "labels", "annotations") else value
        return manifest

    for path, replaces in ((immutable, True), (mutable, False)):
        made = existing(offline, having(path, "b25l"))
        answer = await made.diff(having(path, "dHdv"))
        assert bool(answer.replaces) is replaces, path
        assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME


async def test_the_data_of_a_mutable_secret_is_updated_unless_the_secret_is_immutable(offline: Caller) -> None:
    await offline.configure(enableSecretMutable="true")
    manifest = {**config_map("n", a="b25l"), "kind": "Secret"}
    changed = {**manifest, "data": {"a": "dHdv"}}

    assert list((await existing(offline, manifest).diff(changed)).replaces) == []
    frozen = existing(offline, {**manifest, "immutable": True})
    assert list((await frozen.diff({**changed, "immutable": True})).replaces) == ["data.a"]


async def test_a_named_object_is_deleted_before_it_is_replaced(offline: Caller) -> None:
    made = existing(offline, config_map("n", a="1"))

    assert (await made.diff(config_map("n", a="2"))).deleteBeforeReplace
    assert not (await made.diff(config_map("elsewhere", a="2"))).deleteBeforeReplace
    assert not (await made.diff(config_map("n", "renamed", a="2"))).deleteBeforeReplace


async def test_an_autonamed_object_is_replaced_before_it_is_deleted(offline: Caller) -> None:
    manifest = config_map("n", a="1")
    manifest["metadata"]["annotations"] = {"pulumi.com/autonamed": "true"}
    changed = copy.deepcopy(manifest)
    changed["data"] = {"a": "2"}

    answer = await existing(offline, manifest).diff(changed)

    assert list(answer.replaces) == ["data.a"]
    assert not answer.deleteBeforeReplace


async def test_a_patch_is_updated_in_place(offline: Caller) -> None:
    made = existing(offline, config_map("n", a="1"), patch=True)

    assert list((await made.diff(config_map("n", a="2"))).replaces) == []
    assert list((await made.diff(config_map("n", "other", a="1"))).replaces) == ["metadata.name"]


async def test_the_default_namespace_is_the_same_as_none(offline: Caller) -> None:
    without = config_map("default")
    del without["metadata"]["namespace"]

    assert await kinds_of(existing(offline, config_map("default")), lambda new: new.update(without)) == {}


@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
async def test_an_empty_field_that_the_api_server_leaves_out_is_no_difference(offline: Caller, kind: str) -> None:
    manifest = {"apiVersion": "v1", "kind": kind, "metadata": {"name": "it", "namespace": "n"}}

    def add_empty_fields(new: dict[str, Any]) -> None:
        new["metadata"] |= {"annotations": {}, "labels": {}, "generateName": "", "finalizers": []}
        new |= {"data": {}, "binaryData": {}, "stringData": {}}

    assert await kinds_of(existing(offline, manifest), add_empty_fields) == {}


async def test_an_empty_value_that_means_something_is_a_difference(offline: Caller) -> None:
    custom = {
        "apiVersion": "test.example/v1",
        "kind": "Thing",
        "metadata": {"name": "it", "namespace": "n"},
        "spec": {},
    }

    def add_empty_fields(new: dict[str, Any]) -> None:
        new["spec"] = {"map": {}, "list": [], "flag": False, "text": "", "number": 0}

    assert await kinds_of(existing(offline, custom), add_empty_fields) == {
        "spec.flag": "ADD",
        "spec.list": "ADD",
        "spec.map": "ADD",
        "spec.number": "ADD",
        "spec.text": "ADD",
    }
    assert await kinds_of(existing(offline, config_map("n")), lambda new: new["data"].update(key="")) == {
        "data.key": "UPDATE_REPLACE"
    }


async def test_a_new_spec_replaces_a_claim_and_updates_a_cron_job(offline: Caller) -> None:
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "it", "namespace": "n"},
        "spec": {"resources": {"requests": {"storage": "1Gi"}}},
    }
    job = {
        "apiVersion": "batch/v1",
        "kind": "CronJob",
        "metadata": {"name": "it", "namespace": "n"},
        "spec": {"schedule": "@daily"},
    }

    larger = {"resources": {"requests": {"storage": "2Gi"}}}
    found = await kinds_of(existing(offline, claim), lambda new: new.update(spec=larger))
    assert found == {"spec.resources.requests.storage": "UPDATE_REPLACE"}
    found = await kinds_of(existing(offline, job), lambda new: new["spec"].update(schedule="@weekly"))
    assert found == {"spec.schedule": "UPDATE"}
