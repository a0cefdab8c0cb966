"""Updates: the fields that they change, and their errors."""

from __future__ import annotations

import copy
import json

import grpc
import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed, caller_on
from tests.plugins.kubernetes.objects import Manifest, config_map, live, resource
from tooling.plugin.properties import Secret


def with_data(inputs: Manifest, **data: str) -> Manifest:
    return {**inputs, "data": data}


async def test_a_field_that_the_program_removes_disappears(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, config_map(namespace, kept="1", removed="1")).create()

    await made.update(with_data(made.inputs, kept="2"))

    assert live(cluster, "configmap", "it", namespace)["data"] == {"kept": "2"}


async def test_fields_of_other_managers_are_kept(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = await resource(caller, config_map(namespace, ours="1")).create()
    theirs = {**config_map(namespace, theirs="1")}
    cluster.kubectl.apply(theirs, manager="someone")

    await made.update(with_data(made.inputs, ours="2"))

    assert live(cluster, "configmap", "it", namespace)["data"] == {"ours": "2", "theirs": "1"}


async def test_the_field_manager_is_kept_and_takes_over_the_fields_of_the_creation(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, config_map(namespace)).create()
    manager = made.outputs["__fieldManager"]

    await made.update(with_data(made.inputs, key="changed"))

    assert made.outputs["__fieldManager"] == manager
    managed = live(cluster, "configmap", "it", namespace)["metadata"]["managedFields"]
    assert [(entry["manager"], entry["operation"]) for entry in managed] == [(manager, "Apply")]


async def test_a_conflict_names_the_manager_and_the_field(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, config_map(namespace)).create()
    await made.update(with_data(made.inputs, key="ours"))
    patch = json.dumps({"data": {"key": "theirs"}})
    cluster.kubectl.run("-n", namespace, "patch", "configmap", "it", "--field-manager=someone", "-p", patch)

    with pytest.raises(CallFailed) as failure:
        await made.update(with_data(made.inputs, key="again"))

    expected = (
        f'the Kubernetes API server reported that "{namespace}/it" failed to fully initialize or become live: '
        "server-side apply field conflict detected, see https://www.pulumi.com/registry/packages/kubernetes/"
        "how-to-guides/managing-resources-with-server-side-apply/#handle-field-conflicts-on-existing-resources "
        "for troubleshooting help\n"
        f'The resource managed by field manager "{made.outputs["__fieldManager"]}" had an apply conflict: '
        'Apply failed with 1 conflict: conflict with "someone" using v1: .data.key'
    )
    assert failure.value.message == expected
    assert failure.value.code == grpc.StatusCode.UNKNOWN
    detail = failure.value.init_failed
    assert list(detail.reasons) == [expected]
    assert detail.properties.fields["data"].struct_value.fields["key"].string_value == "theirs"
    assert not detail.HasField("inputs")


@pytest.mark.parametrize("through", ["annotation", "provider"])
async def test_force_resolves_a_conflict(cluster: ControlPlane, namespace: str, through: str) -> None:
    options = {"enablePatchForce": "true"} if through == "provider" else {}
    caller = await caller_on(cluster.kubeconfig, **options)
    made = await resource(caller, config_map(namespace)).create()
    await made.update(with_data(made.inputs, key="ours"))
    patch = json.dumps({"data": {"key": "theirs"}})
    cluster.kubectl.run("-n", namespace, "patch", "configmap", "it", "--field-manager=someone", "-p", patch)

    inputs = copy.deepcopy(with_data(made.inputs, key="again"))
    if through == "annotation":
        inputs["metadata"]["annotations"] = {"pulumi.com/patchForce": "true"}
    await made.update(inputs)
    await caller.close()

    assert live(cluster, "configmap", "it", namespace)["data"] == {"key": "again"}


async def test_ignored_changes_leave_a_field_to_its_other_owner(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, config_map(namespace, a="1", b="1")).create()
    await made.update(with_data(made.inputs, a="1", b="2"))
    theirs = json.dumps({"data": {"a": "theirs"}})
    cluster.kubectl.run("-n", namespace, "patch", "configmap", "it", "--field-manager=someone", "-p", theirs)

    await made.update(with_data(made.inputs, a="1", b="3"), ignore=("data.a",))

    assert live(cluster, "configmap", "it", namespace)["data"] == {"a": "theirs", "b": "3"}


async def test_a_missing_object_cannot_be_updated(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = await resource(caller, config_map(namespace)).create()
    cluster.kubectl.run("-n", namespace, "delete", "configmap", "it")

    with pytest.raises(CallFailed) as failure:
        await made.update(with_data(made.inputs, key="new"))

    assert failure.value.message == (
        f'update of resource "{made.urn}" failed: configmaps "it" not found\n'
        'unable to get cluster state: configmaps "it" not found'
    )


async def test_a_preview_changes_nothing(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = await resource(caller, config_map(namespace)).create()

    shown = await made.update(with_data(made.inputs, key="previewed"), preview=True)

    assert shown["data"] == {"key": "previewed"}
    assert live(cluster, "configmap", "it", namespace)["data"] == {"key": "value"}


async def test_a_secret_value_that_the_api_server_refuses_is_not_in_the_error(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    policy = "canary-fallback-8c1f"
    external = {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {"name": "it", "namespace": namespace},
        "spec": {
            "secretStoreRef": {"name": "none", "kind": "ClusterSecretStore"},
            "target": {"name": "it", "creationPolicy": Secret(policy)},
        },
    }

    with pytest.raises(CallFailed) as failure:
        await resource(caller, external).create()

    assert policy not in failure.value.message
    assert 'Unsupported value: "[secret]"' in failure.value.message


async def test_a_new_field_manager_releases_the_fields_of_the_old_one(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, config_map(namespace)).create()
    await made.update(with_data(made.inputs, key="1"))

    inputs = copy.deepcopy(with_data(made.inputs, key="1"))
    inputs["metadata"]["annotations"] = {"pulumi.com/patchFieldManager": "mine"}
    await made.update(inputs)

    managed = live(cluster, "configmap", "it", namespace)["metadata"]["managedFields"]
    assert [entry["manager"] for entry in managed] == ["mine"]
    assert made.outputs["__fieldManager"] == "mine"
