"""Reads: refreshes and imports."""

from __future__ import annotations

import json

import pytest

from plugins.kubernetes.objects.kubernetes_object import properties_of
from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import Made, config_map, resource
from tooling.plugin.properties import Secret, from_struct


async def test_a_refresh_reads_the_drifted_values_of_the_inputs(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, config_map(namespace, a="1", b="1")).create()
    patch = json.dumps({"data": {"a": "drifted", "c": "theirs"}})
    cluster.kubectl.run("-n", namespace, "patch", "configmap", "it", "-p", patch)

    found = await made.read()

    assert from_struct(found.inputs) == config_map(namespace, a="drifted", b="1")
    assert from_struct(found.properties)["data"] == {"a": "drifted", "b": "1", "c": "theirs"}
    assert from_struct(found.properties)["__fieldManager"] == made.outputs["__fieldManager"]


async def test_drifted_secrets_stay_secret(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    secret = {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "it", "namespace": namespace},
        "data": Secret({"key": "b25l"}),
    }
    made = await resource(caller, secret).create()
    cluster.kubectl.run("-n", namespace, "patch", "secret", "it", "-p", json.dumps({"data": {"key": "dHdv"}}))

    found = await made.read()

    assert from_struct(found.inputs)["data"] == Secret({"key": "dHdv"})
    assert from_struct(found.properties)["data"] == Secret({"key": "dHdv"})


async def test_a_missing_object_is_removed_from_the_state(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, config_map(namespace)).create()
    cluster.kubectl.run("-n", namespace, "delete", "configmap", "it")

    found = await made.read()

    assert (found.id, found.HasField("properties"), found.HasField("inputs")) == ("", False, False)


async def test_an_object_of_a_missing_kind_is_removed_from_the_state(caller: Caller) -> None:
    made = Made(caller, "kubernetes:gone.test/v1:Gone", {}, id="it")

    assert (await made.read()).id == ""


async def test_an_import_has_all_possible_inputs(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    manifest = config_map(namespace)
    manifest["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}", "kept": "yes"}
    cluster.kubectl.create(manifest)

    found = await Made(caller, "kubernetes:core/v1:ConfigMap", {}, id=f"{namespace}/it").read()

    inputs = from_struct(found.inputs)
    assert sorted(inputs) == ["apiVersion", "data", "kind", "metadata"]
    assert inputs["metadata"] == {"name": "it", "namespace": namespace, "annotations": {"kept": "yes"}}
    assert from_struct(found.properties)["__inputs"] == inputs


async def test_an_import_of_an_unsupported_kind_is_refused(caller: Caller, namespace: str) -> None:
    with pytest.raises(CallFailed, match=r"^apps/v1/Deployment is not supported by this Python kubernetes provider"):
        await Made(caller, "kubernetes:apps/v1:Deployment", {}, id=f"{namespace}/it").read()


async def test_an_imported_custom_resource_has_its_spec(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    cluster.kubectl.create(
        {
            "apiVersion": "external-secrets.io/v1",
            "kind": "ExternalSecret",
            "metadata": {"name": "it", "namespace": namespace},
            "spec": {"secretStoreRef": {"name": "none"}},
        }
    )

    found = await Made(caller, "kubernetes:external-secrets.io/v1:ExternalSecret", {}, id=f"{namespace}/it").read()

    assert from_struct(found.inputs)["spec"]["secretStoreRef"] == {"name": "none"}


async def test_an_imported_secret_is_secret(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    cluster.kubectl.run("-n", namespace, "create", "secret", "generic", "it", "--from-literal=key=value")

    found = await Made(caller, "kubernetes:core/v1:Secret", {}, id=f"{namespace}/it").read()

    assert from_struct(found.inputs)["data"] == Secret({"key": "dmFsdWU="})
    assert from_struct(found.properties)["data"] == Secret({"key": "dmFsdWU="})


async def test_an_import_does_not_differ_from_itself(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    cluster.kubectl.create(config_map(namespace))
    made = Made(caller, "kubernetes:core/v1:ConfigMap", {}, id=f"{namespace}/it")

    found = await made.read()
    made.state = found.properties

    assert not (await made.diff(from_struct(found.inputs))).detailedDiff


def test_a_null_field_of_a_live_object_is_not_kept_in_the_state() -> None:
    """The official provider drops it: a kept null would be a change after a switch of providers."""
    live = {"apiVersion": "test.example/v1", "kind": "Thing", "spec": {"a": None, "items": [{"b": None, "c": 1}]}}

    assert properties_of(live)["spec"] == {"items": [{"c": 1}]}
