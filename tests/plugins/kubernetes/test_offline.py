"""The provider without a cluster: each object becomes its inputs, and each lookup finds its object."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.offline import OfflineKubernetesProvider
from tests.plugins.kubernetes.calling import Caller, without
from tests.plugins.kubernetes.objects import Manifest, config_map, external_secret, resource
from tooling.plugin.properties import UNKNOWN, Secret, from_struct, to_struct


@pytest.fixture
async def offline(tmp_path: Path) -> Caller:
    """It ignores its kubeconfig, which does not exist."""
    caller = Caller(OfflineKubernetesProvider)
    await caller.configure(kubeconfig=str(tmp_path / "none"), context="none", enableSecretMutable="true")
    return caller


def secret() -> Manifest:
    metadata = {"name": "it", "namespace": "n"}
    return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "data": Secret({"key": "b25l"})}


@pytest.mark.parametrize(
    "manifest", [config_map("n"), external_secret("n"), secret()], ids=lambda manifest: manifest["kind"]
)
async def test_an_object_becomes_exactly_its_inputs(offline: Caller, manifest: Manifest) -> None:
    made = await resource(offline, manifest).create()

    assert made.id == "n/it"
    assert without(made.outputs, "__inputs", "__fieldManager", "__initialApiVersion") == manifest
    assert made.outputs["__inputs"] == manifest
    assert made.outputs["__initialApiVersion"] == manifest["apiVersion"]
    assert str(made.outputs["__fieldManager"]).startswith("pulumi-kubernetes-")


async def test_an_update_and_its_diff_are_those_of_the_inputs(offline: Caller) -> None:
    made = await resource(offline, secret()).create()
    manager = made.outputs["__fieldManager"]
    changed = {**secret(), "data": Secret({"key": "dHdv"})}

    found = await made.diff(changed)
    await made.update(changed)

    assert (list(found.detailedDiff), list(found.replaces)) == (["data.key"], [])
    assert made.outputs["data"] == Secret({"key": "dHdv"})
    assert made.outputs["__fieldManager"] == manager
    assert not (await made.diff(changed)).detailedDiff
    await made.delete()


async def test_a_preview_shows_the_inputs(offline: Caller) -> None:
    manifest = {**config_map("n"), "data": {"key": UNKNOWN}}
    made = await resource(offline, manifest).create(preview=True)

    assert (made.id, made.outputs) == ("", manifest)


async def test_a_lookup_finds_the_object_as_requested(offline: Caller) -> None:
    inputs = to_struct({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
    urn = "urn:pulumi:test::homelab::kubernetes:core/v1:Namespace::argocd"
    request = provider_pb2.ReadRequest(id="argocd", urn=urn, properties=inputs, inputs=inputs)
    answer = await offline.call("Read", request)

    assert answer.id == "argocd"
    assert from_struct(answer.inputs) == from_struct(inputs)
