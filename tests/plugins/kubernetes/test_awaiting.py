"""Waiting until an object is ready, and what the engine keeps when it is not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import Made, Manifest, config_map, external_secret, resource


async def set_status(cluster: ControlPlane, namespace: str, name: str, **status: Any) -> None:
    """Play the controller: the object may not be there yet."""
    patch = json.dumps({"status": status})
    arguments = ("-n", namespace, "patch", name, "--subresource=status", "--type=merge", "-p", patch)
    while True:
        try:
            await asyncio.to_thread(cluster.kubectl.run, *arguments)
        except Exception as error:
            if "NotFound" not in str(error):
                raise
        else:
            return


def external(namespace: str, wait_for: str, **annotations: str) -> Manifest:
    return external_secret(namespace, **{"pulumi.com/waitFor": wait_for}, **annotations)


def condition(kind: str, status: str) -> dict[str, str]:
    return {"type": kind, "status": status, "lastTransitionTime": "2026-01-01T00:00:00Z"}


async def test_a_condition_is_waited_for(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = resource(caller, external(namespace, "condition=Ready"))

    async with asyncio.TaskGroup() as group:
        creation = group.create_task(made.create())
        await set_status(cluster, namespace, "externalsecret/it", conditions=[condition("Ready", "False")])
        await caller.log.shows("Resource has condition Ready=False (want True)")
        assert not creation.done()
        await set_status(cluster, namespace, "externalsecret/it", conditions=[condition("Ready", "True")])

    assert made.outputs["status"]["conditions"][0]["status"] == "True"
    assert caller.log.statuses[0] == "Has no .status.conditions"
    assert caller.log.statuses[-1] == ""


async def test_a_condition_can_be_expected_to_be_false(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    conditions = [condition("Ready", "False")]

    async with asyncio.TaskGroup() as group:
        creation = group.create_task(resource(caller, external(namespace, "condition=Ready=False")).create())
        await set_status(cluster, namespace, "externalsecret/it", conditions=conditions)

    assert creation.result().outputs["status"] == {"conditions": conditions}


@pytest.mark.parametrize(
    "expression", ["Ready", "condition=", "jsonpath={.status.phase}=Running", '["condition=Ready"]']
)
async def test_a_wait_for_anything_else_is_refused_before_the_object_exists(
    caller: Caller, cluster: ControlPlane, namespace: str, expression: str
) -> None:
    with pytest.raises(CallFailed) as failure:
        await resource(caller, external(namespace, expression)).check()

    assert f'pulumi.com/waitFor: "{expression}" is not supported' in failure.value.message
    assert "expected condition=TYPE or condition=TYPE=STATUS" in failure.value.message


async def test_an_object_that_is_not_ready_in_time_stays_in_the_state_with_the_reason(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = resource(caller, external(namespace, "condition=Ready", **{"pulumi.com/timeoutSeconds": "1"}))

    with pytest.raises(CallFailed) as failure:
        await made.create()

    expected = (
        f'resource "{made.urn}" was successfully created, but the Kubernetes API server reported that it failed to '
        "fully initialize or become live: timed out waiting for the condition"
    )
    assert failure.value.message == expected
    detail = failure.value.init_failed
    assert (detail.id, list(detail.reasons)) == (f"{namespace}/it", [expected])
    assert "__fieldManager" in detail.properties.fields


async def test_an_update_accepts_a_condition_that_is_already_true(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, external(namespace, "condition=Ready", **{"pulumi.com/skipAwait": "true"})).create()
    await set_status(cluster, namespace, "externalsecret/it", conditions=[condition("Ready", "True")])

    changed = external(namespace, "condition=Ready")
    changed["spec"]["refreshInterval"] = "5m0s"
    await made.update(changed)

    assert made.outputs["metadata"]["generation"] == 2


async def test_an_interrupt_ends_the_wait(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = resource(caller, external(namespace, "condition=Ready"))

    async def interrupt() -> None:
        await caller.log.shows("Has no .status.conditions")
        caller.provider.cancel_all()

    with pytest.raises(CallFailed) as failure:
        await asyncio.gather(made.create(), interrupt())

    assert 'Resource operation was cancelled for "it"' in failure.value.message


async def test_a_kind_can_be_defined_between_the_preview_and_the_creation(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    gadget = resource(caller, {"apiVersion": f"{namespace}.test/v1", "kind": "Gadget", "metadata": {"name": "it"}})
    before = await Made(caller, gadget.token, gadget.inputs).create(preview=True)
    assert before.outputs == gadget.inputs

    cluster.kubectl.create(gadgets(namespace))
    gadget.inputs = await gadget.check()
    await gadget.create()

    assert gadget.id == "default/it"
    await gadget.delete()
    cluster.kubectl.run("delete", "customresourcedefinition", f"gadgets.{namespace}.test")


def gadgets(group: str) -> dict[str, Any]:
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"gadgets.{group}.test"},
        "spec": {
            "group": f"{group}.test",
            "scope": "Namespaced",
            "names": {"kind": "Gadget", "plural": "gadgets"},
            "versions": [
                {
                    "name": "v1",
                    "served": True,
                    "storage": True,
                    "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}},
                }
            ],
        },
    }


async def test_an_object_without_a_condition_is_ready_at_once(caller: Caller, namespace: str) -> None:
    made = await resource(caller, config_map(namespace)).create()

    assert made.id == f"{namespace}/it"
    assert caller.log.statuses == []
