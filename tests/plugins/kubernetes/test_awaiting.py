"""Waiting until an object is ready, and what the engine keeps when it is not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from sandbox.controlplane import ControlPlane
from tests.plugins.kubernetes.calling import Caller, CallFailed
from tests.plugins.kubernetes.objects import Made, config_map, deployment, resource


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


def external(namespace: str, wait_for: str, **annotations: str) -> dict[str, Any]:
    return {
        "apiVersion": "external-secrets.io/v1",
        "kind": "ExternalSecret",
        "metadata": {
            "name": "it",
            "namespace": namespace,
            "annotations": {"pulumi.com/waitFor": wait_for, **annotations},
        },
        "spec": {"secretStoreRef": {"name": "none", "kind": "ClusterSecretStore"}},
    }


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


@pytest.mark.parametrize(
    ("expression", "status"),
    [
        ("jsonpath={.status.binding.name}", {"binding": {"name": "any"}}),
        ("jsonpath={.status.binding.name}=secret", {"binding": {"name": "secret"}}),
        ('jsonpath={.status.conditions[?(@.type=="Ready")].status}=True', {"conditions": [condition("Ready", "True")]}),
        ("jsonpath={.status.conditions[0].type}=Ready", {"conditions": [condition("Ready", "False")]}),
        ("condition=Ready=False", {"conditions": [condition("Ready", "False")]}),
        (
            '["condition=Ready", "jsonpath={.status.binding.name}"]',
            {"conditions": [condition("Ready", "True")], "binding": {"name": "any"}},
        ),
    ],
)
async def test_every_form_of_wait_for_ends_when_it_holds(
    caller: Caller, cluster: ControlPlane, namespace: str, expression: str, status: dict[str, Any]
) -> None:
    async with asyncio.TaskGroup() as group:
        creation = group.create_task(resource(caller, external(namespace, expression)).create())
        await set_status(cluster, namespace, "externalsecret/it", **status)

    assert creation.result().outputs["status"] == status


@pytest.mark.parametrize("expression", ["Ready", "jsonpath={.a b}", "[]"])
async def test_a_wait_for_that_nobody_understands_is_refused(caller: Caller, namespace: str, expression: str) -> None:
    with pytest.raises(CallFailed, match=r"pulumi\.com/waitFor"):
        await resource(caller, external(namespace, expression)).create()


async def test_what_is_not_ready_in_time_is_kept_with_the_reason(
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


async def test_an_update_is_satisfied_with_the_condition_that_is_there(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, external(namespace, "condition=Ready", **{"pulumi.com/skipAwait": "true"})).create()
    await set_status(cluster, namespace, "externalsecret/it", conditions=[condition("Ready", "True")])

    changed = external(namespace, "condition=Ready")
    changed["spec"]["refreshInterval"] = "5m0s"
    await made.update(changed)

    assert made.outputs["metadata"]["generation"] == 2


def rolled_out(revision: int = 1, **status: Any) -> dict[str, Any]:
    return {
        "observedGeneration": revision,
        "replicas": 1,
        "updatedReplicas": 1,
        "readyReplicas": 1,
        "availableReplicas": 1,
        "conditions": [
            condition("Available", "True"),
            {**condition("Progressing", "True"), "reason": "NewReplicaSetAvailable"},
        ],
        **status,
    }


async def test_a_deployment_is_waited_for_until_it_is_rolled_out(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    manifest = deployment(namespace, **{"deployment.kubernetes.io/revision": "1"})

    async with asyncio.TaskGroup() as group:
        creation = group.create_task(resource(caller, manifest).create())
        await set_status(
            cluster,
            namespace,
            "deployment/it",
            observedGeneration=1,
            replicas=1,
            updatedReplicas=1,
            conditions=[condition("Available", "False")],
        )
        await caller.log.shows("Waiting for app ReplicaSet to be available (0/1 Pods available)")
        assert not creation.done()
        await set_status(cluster, namespace, "deployment/it", **rolled_out())

    assert creation.result().outputs["status"]["availableReplicas"] == 1


async def test_a_deployment_without_pods_says_so(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = resource(caller, deployment(namespace))

    with pytest.raises(CallFailed) as failure:
        await made.create(seconds=1)

    assert failure.value.message.endswith("become live: 'it' timed out waiting to be Ready")
    assert "Minimum number of live Pods was not attained" in failure.value.init_failed.reasons


async def test_a_refresh_reports_a_deployment_that_is_not_ready(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    made = await resource(caller, deployment(namespace, **{"pulumi.com/skipAwait": "true"})).create()
    assert (await made.read()).id == f"{namespace}/it"

    del made.inputs["metadata"]["annotations"]
    with pytest.raises(CallFailed) as failure:
        await made.read()

    assert failure.value.message == "Resource 'it' was created but failed to initialize"
    assert "Minimum number of live Pods was not attained" in failure.value.init_failed.reasons


def job(namespace: str) -> dict[str, Any]:
    pod = {"restartPolicy": "Never", "containers": [{"name": "main", "image": "none"}]}
    return {
        "apiVersion": "batch/v1",
        "kind": "Job",
        "metadata": {"name": "it", "namespace": namespace},
        "spec": {"template": {"spec": pod}},
    }


STARTED = {"startTime": "2026-01-01T00:00:00Z"}


async def test_a_job_is_waited_for_until_it_has_succeeded(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    async with asyncio.TaskGroup() as group:
        creation = group.create_task(resource(caller, job(namespace)).create())
        await set_status(cluster, namespace, "job/it", **STARTED, active=1)
        await caller.log.shows(f'Waiting for Job "{namespace}/it" to succeed (Active: 1 | Succeeded: 0 | Failed: 0)')
        assert not creation.done()
        await set_status(
            cluster,
            namespace,
            "job/it",
            **STARTED,
            active=0,
            succeeded=1,
            completionTime="2026-01-01T00:00:01Z",
            uncountedTerminatedPods={},
            conditions=[condition("SuccessCriteriaMet", "True"), condition("Complete", "True")],
        )

    assert creation.result().outputs["status"]["succeeded"] == 1


async def test_a_failed_job_ends_the_waiting_at_once(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    failed = {"reason": "BackoffLimitExceeded", "message": "Job has reached the specified backoff limit"}

    async def fail() -> None:
        await set_status(
            cluster,
            namespace,
            "job/it",
            **STARTED,
            failed=1,
            active=0,
            conditions=[
                {**condition("FailureTarget", "True"), **failed},
                {**condition("Failed", "True"), **failed},
            ],
        )

    with pytest.raises(CallFailed) as failure:
        await asyncio.gather(resource(caller, job(namespace)).create(), fail())

    reasons = failure.value.init_failed.reasons
    assert reasons[1:] == ["[BackoffLimitExceeded] Job has reached the specified backoff limit"]


async def test_a_job_that_did_not_succeed_is_replaced_where_the_program_wants_it(
    caller: Caller, cluster: ControlPlane, namespace: str
) -> None:
    manifest = job(namespace)
    manifest["metadata"]["annotations"] = {"pulumi.com/skipAwait": "true", "pulumi.com/replaceUnready": "true"}
    made = await resource(caller, manifest).create()

    answer = await made.diff(manifest)

    assert list(answer.replaces) == ['.metadata.annotations["pulumi.com/replaceUnready"]']


async def test_an_interrupt_ends_the_waiting(caller: Caller, cluster: ControlPlane, namespace: str) -> None:
    made = resource(caller, external(namespace, "condition=Ready"))

    async def interrupt() -> None:
        await caller.log.shows("Has no .status.conditions")
        caller.provider.cancel_all()

    with pytest.raises(CallFailed) as failure:
        await asyncio.gather(made.create(), interrupt())

    assert 'Resource operation was cancelled for "it"' in failure.value.message


async def test_a_definition_can_be_used_as_soon_as_it_is_created(caller: Caller, namespace: str) -> None:
    definition = resource(caller, gadgets(namespace))
    gadget = resource(caller, {"apiVersion": f"{namespace}.test/v1", "kind": "Gadget", "metadata": {"name": "it"}})

    before = await Made(caller, gadget.token, gadget.inputs).create(preview=True)
    assert before.outputs == gadget.inputs
    await definition.create()
    gadget.inputs = await gadget.check()
    await gadget.create()

    assert gadget.id == "default/it"
    established = [each for each in definition.outputs["status"]["conditions"] if each["type"] == "Established"]
    assert established[0]["status"] == "True"
    schema = definition.outputs["spec"]["versions"][0]["schema"]["openAPIV3Schema"]
    assert schema["x_kubernetes_preserve_unknown_fields"] is True
    await gadget.delete()
    await definition.delete()


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
                    "schema": {"openAPIV3Schema": {"type": "object", "x_kubernetes_preserve_unknown_fields": True}},
                }
            ],
        },
    }


async def test_kinds_without_a_rule_are_ready_at_once(caller: Caller, namespace: str) -> None:
    made = await resource(caller, config_map(namespace)).create()

    assert made.id == f"{namespace}/it"
    assert caller.log.statuses == []
