"""Deletions: they wait until the object is gone, or report what prevents it."""

from __future__ import annotations

import asyncio
import json
import uuid

import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed, caller_on
from tests.plugins.kubernetes.objects import Made, Manifest, config_map, fresh_namespace, live, resource
from tests.waiting import PATIENCE_SECONDS


async def test_the_object_is_gone_after_the_deletion(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = await resource(caller, config_map(namespace)).create()

    await made.delete()

    assert cluster.kubectl.get("configmap", "it", namespace) is None


async def test_owned_objects_are_deleted_first(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = await resource(caller, config_map(namespace)).create()
    owned = config_map(namespace, "owned")
    owned["metadata"]["ownerReferences"] = [
        {
            "apiVersion": "v1",
            "kind": "ConfigMap",
            "name": "it",
            "uid": made.outputs["metadata"]["uid"],
            "blockOwnerDeletion": True,
        }
    ]
    cluster.kubectl.create(owned)

    await made.delete()

    assert cluster.kubectl.get("configmap", "owned", namespace) is None


async def test_a_missing_object_counts_as_deleted(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = await resource(caller, config_map(namespace)).create()
    cluster.kubectl.run("-n", namespace, "delete", "configmap", "it")

    await made.delete()


async def test_an_object_of_a_missing_kind_counts_as_deleted(caller: Caller, namespace: str) -> None:
    state = {"apiVersion": "gone.test/v1", "kind": "Gone", "metadata": {"name": "it", "namespace": namespace}}
    made = Made(caller, "kubernetes:gone.test/v1:Gone", state, id=f"{namespace}/it")
    made.state.update(state)

    await made.delete()


async def test_a_timeout_names_the_finalizers(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    held = config_map(namespace)
    held["metadata"]["finalizers"] = ["test.example/hold", "test.example/more"]
    made = await resource(caller, held).create()

    with pytest.raises(CallFailed) as failure:
        await made.delete(seconds=1)

    assert failure.value.message == (
        'Timed out waiting for deletion of v1/ConfigMap "it"; its finalizers prevent it (test.example/hold, '
        "test.example/more). Fix: start the controller that removes them, then run the command again"
    )
    assert failure.value.init_failed.id == f"{namespace}/it"
    warning = "finalizers might be preventing deletion (test.example/hold, test.example/more)"
    assert ("warning", warning) in caller.log.messages
    release(cluster, namespace)


def release(cluster: ControlPlane, namespace: str) -> None:
    patch = json.dumps({"metadata": {"finalizers": None}})
    cluster.kubectl.run("-n", namespace, "patch", "configmap", "it", "--type=merge", "-p", patch)


async def test_the_wait_ends_when_the_finalizers_are_removed(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    held = config_map(namespace)
    held["metadata"]["finalizers"] = ["test.example/hold"]
    made = await resource(caller, held).create()

    async with asyncio.TaskGroup() as group:
        deletion = group.create_task(made.delete(seconds=PATIENCE_SECONDS))
        deleting = ("--for=jsonpath={.metadata.deletionTimestamp}", f"--timeout={PATIENCE_SECONDS}s")
        await asyncio.to_thread(cluster.kubectl.run, "-n", namespace, "wait", "configmap/it", *deleting)
        await caller.log.shows("Resource scheduled for deletion, its finalizers prevent it: test.example/hold")
        assert not deletion.done()
        await asyncio.to_thread(release, cluster, namespace)

    assert cluster.kubectl.get("configmap", "it", namespace) is None


async def test_the_deletion_of_a_namespace_shows_its_progress(caller: Caller, cluster: ControlPlane) -> None:
    name = fresh_namespace(cluster)
    made = Made(caller, "kubernetes:core/v1:Namespace", {}, id=name)
    found = await made.read()
    made.state = found.properties

    await made.delete()

    assert cluster.kubectl.get("namespace", name) is None
    assert "Resource scheduled for deletion" in caller.log.statuses


async def test_a_namespace_with_skip_await_is_not_waited_for(caller: Caller, cluster: ControlPlane) -> None:
    name = f"test-{uuid.uuid4().hex[:10]}"
    metadata = {"name": name, "annotations": {"pulumi.com/skipAwait": "true"}, "finalizers": ["test.example/hold"]}
    made = await resource(caller, {"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}).create()

    await made.delete(seconds=PATIENCE_SECONDS)

    left = live(cluster, "namespace", name)
    assert "deletionTimestamp" in left["metadata"]
    cluster.kubectl.run("patch", "namespace", name, "--type=merge", "-p", '{"metadata":{"finalizers":null}}')


async def test_owned_objects_are_kept_with_the_orphan_policy(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    manifest = config_map(namespace)
    manifest["metadata"]["annotations"] = {"pulumi.com/deletionPropagationPolicy": "orphan"}
    made = await resource(caller, manifest).create()
    owned = config_map(namespace, "owned")
    owned["metadata"]["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "it", "uid": made.outputs["metadata"]["uid"]}
    ]
    cluster.kubectl.create(owned)

    await made.delete()

    assert cluster.kubectl.get("configmap", "owned", namespace) is not None


async def test_deleting_a_patch_removes_its_fields_and_keeps_the_object(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    cluster.kubectl.create(config_map(namespace, theirs="1"))
    made = await resource(caller, config_map(namespace, ours="1"), patch=True).create()
    assert live(cluster, "configmap", "it", namespace)["data"] == {"ours": "1", "theirs": "1"}

    await made.delete()

    assert live(cluster, "configmap", "it", namespace)["data"] == {"theirs": "1"}


async def test_deleting_a_patch_does_not_recreate_a_missing_object(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    cluster.kubectl.create(config_map(namespace))
    made = await resource(caller, config_map(namespace, ours="1"), patch=True).create()
    cluster.kubectl.run("-n", namespace, "delete", "configmap", "it")

    await made.delete()

    assert cluster.kubectl.get("configmap", "it", namespace) is None


async def test_deleting_a_patch_reports_a_required_field(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    store = {"apiVersion": "external-secrets.io/v1", "kind": "ClusterSecretStore", "metadata": {"name": namespace}}
    spec: Manifest = {"provider": {"fake": {"data": []}}}
    made = await resource(caller, {**store, "spec": spec}, patch=True).create()
    cluster.kubectl.run(
        *("patch", "clustersecretstore", namespace, "--type=merge", "-p", '{"spec":{"controller":"someone"}}'),
    )

    with pytest.raises(CallFailed) as failure:
        await made.delete()

    assert failure.value.message.startswith("this Patch resource is currently managing a required field")
    assert failure.value.message.endswith("spec.provider")
    cluster.kubectl.run("delete", "clustersecretstore", namespace)


async def test_an_object_that_cannot_be_deleted_loses_the_fields_of_the_resource(cluster: ControlPlane) -> None:
    caller = await caller_on(cluster.kubeconfig, upsertExistingObjects="true")
    manifest = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "default", "labels": {"test": "yes"}}}
    made = await resource(caller, manifest).create()
    assert live(cluster, "namespace", "default")["metadata"]["labels"]["test"] == "yes"

    await made.delete()
    await caller.close()

    assert "test" not in live(cluster, "namespace", "default")["metadata"]["labels"]
    assert "this namespace may not be deleted" in caller.log.messages[-1][1]
