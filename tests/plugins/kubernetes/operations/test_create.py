"""Creation and its preview."""

from __future__ import annotations

import asyncio

import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed, caller_on
from tests.plugins.kubernetes.objects import Manifest, config_map, live, resource
from tooling.plugin.properties import Secret, Unknown


def secret(namespace: str) -> Manifest:
    return {
        "apiVersion": "v1",
        "kind": "Secret",
        "metadata": {"name": "it", "namespace": namespace},
        "data": Secret({"key": "dmFsdWU="}),
    }


async def test_the_state_holds_the_live_object_its_inputs_and_the_field_manager(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, secret(namespace)).create()

    found = live(cluster, "secret", "it", namespace)
    outputs = made.outputs
    assert outputs["metadata"] == found["metadata"]
    assert outputs["data"] == Secret(found["data"])
    assert outputs["__inputs"] == secret(namespace)
    assert outputs["__initialApiVersion"] == "v1"
    assert outputs["__fieldManager"].startswith("pulumi-kubernetes-")
    assert made.id == f"{namespace}/it"
    managed = found["metadata"]["managedFields"]
    assert [(entry["manager"], entry["operation"]) for entry in managed] == [("pulumi-kubernetes", "Update")]


async def test_a_preview_creates_nothing(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = await resource(caller, secret(namespace)).create(preview=True)

    assert made.id == ""
    assert made.outputs["type"] == "Opaque"
    assert isinstance(made.outputs["data"], Secret)
    assert cluster.kubectl.get("secret", "it", namespace) is None


@pytest.mark.parametrize("case", ["unknown value", "unknown kind", "missing namespace", "patch", "existing object"])
async def test_a_preview_shows_the_inputs_if_the_api_server_cannot_answer_yet(
    caller: Caller, cluster: ControlPlane, namespace: str, case: str
) -> None:
    manifest = config_map(namespace)
    match case:
        case "unknown value":
            manifest["data"] = {"key": Unknown()}
        case "unknown kind":
            manifest |= {"apiVersion": "nowhere.test/v1", "kind": "Nothing"}
        case "missing namespace":
            manifest["metadata"]["namespace"] = f"{namespace}-to-come"
        case "existing object":
            cluster.kubectl.create(manifest)

    made = await resource(caller, manifest, patch=case == "patch").create(preview=True)

    assert made.outputs == manifest


async def test_a_preview_reports_what_the_api_server_would_refuse(caller: Caller, namespace: str) -> None:
    wrong = config_map(namespace, name="Not A Name")

    with pytest.raises(CallFailed) as failure:
        await resource(caller, wrong).create(preview=True)

    assert 'was not successfully created by the Kubernetes API server: ConfigMap "Not A Name" is invalid' in (
        failure.value.message
    )


async def test_a_creation_retries_until_the_namespace_exists(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    later = f"{namespace}-later"

    async with asyncio.TaskGroup() as group:
        creation = group.create_task(resource(caller, config_map(later)).create())
        await caller.log.shows(f'Retry #0; creation failed: namespaces "{later}" not found')
        await asyncio.to_thread(cluster.kubectl.run, "create", "namespace", later)

    assert creation.result().id == f"{later}/it"


async def test_an_existing_object_is_not_changed(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    cluster.kubectl.create(config_map(namespace, theirs="1"))

    with pytest.raises(CallFailed, match='configmaps "it" already exists'):
        await resource(caller, config_map(namespace, ours="1")).create()

    assert live(cluster, "configmap", "it", namespace)["data"] == {"theirs": "1"}


async def test_an_existing_object_is_adopted_if_the_provider_may_upsert(cluster: ControlPlane, namespace: str) -> None:
    caller = await caller_on(cluster.kubeconfig, upsertExistingObjects="true")
    cluster.kubectl.create(config_map(namespace, theirs="1"))

    made = await resource(caller, config_map(namespace, ours="1")).create()
    await caller.close()

    found = live(cluster, "configmap", "it", namespace)
    assert found["data"] == {"ours": "1", "theirs": "1"}
    owners = {(entry["manager"], entry["operation"]) for entry in found["metadata"]["managedFields"]}
    assert (made.outputs["__fieldManager"], "Apply") in owners


async def test_a_patch_owns_only_its_fields(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    cluster.kubectl.create(config_map(namespace, theirs="1"))

    made = await resource(caller, config_map(namespace, ours="1"), patch=True).create()
    await made.update({**made.inputs, "data": {"ours": "2"}})

    found = live(cluster, "configmap", "it", namespace)
    assert found["data"] == {"ours": "2", "theirs": "1"}
    own = next(e for e in found["metadata"]["managedFields"] if e["manager"] == made.outputs["__fieldManager"])
    assert (own["operation"], own["fieldsV1"]) == ("Apply", {"f:data": {"f:ours": {}}})


async def test_an_object_without_a_namespace_goes_to_the_configured_namespace(
    cluster: ControlPlane, namespace: str
) -> None:
    caller = await caller_on(cluster.kubeconfig, namespace=namespace)
    made = resource(caller, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "it"}})

    made.inputs = await made.check()
    await made.create()
    await caller.close()

    assert made.id == f"{namespace}/it"


async def test_a_cluster_wide_custom_resource_gets_no_namespace(cluster: ControlPlane, namespace: str) -> None:
    caller = await caller_on(cluster.kubeconfig, namespace=namespace)
    store = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": {"name": "it"}}
    secret = {"apiVersion": "external-secrets.io/v1", "kind": "ExternalSecret", "metadata": {"name": "it"}}

    checked = [await resource(caller, manifest).check() for manifest in (store, secret)]
    await caller.close()

    assert [inputs["metadata"] for inputs in checked] == [{"name": "it"}, {"name": "it", "namespace": namespace}]


async def test_the_namespace_of_a_cluster_wide_object_is_ignored(caller: Caller, namespace: str) -> None:
    store = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ClusterSecretStore",
        "metadata": {"name": namespace, "namespace": "default"},
        "spec": {"provider": {"fake": {"data": []}}},
    }

    made = await resource(caller, store).create()

    assert made.id == namespace
    assert not (await made.diff({**store, "metadata": {"name": namespace}})).detailedDiff
    await made.delete()
