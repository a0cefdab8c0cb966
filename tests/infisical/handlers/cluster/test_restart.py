"""Workloads that read a value only when they start are restarted after a rotation."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from infisical.api.errors import Blocked
from infisical.properties import UNKNOWN
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.programs import INSTANCE
from tests.infisical.stack import CheckFailed, Declared, Stack

PATH = "/apis/apps/v1/namespaces/monitoring/deployments/grafana"
RUNS = {"replicas": 1, "readyReplicas": 1, "updatedReplicas": 1, "availableReplicas": 1, "observedGeneration": 1}


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """The fake Kubernetes API with one Deployment whose rollouts are done at once."""
    with FakeCluster() as cluster:
        cluster.objects[PATH] = {
            "metadata": {"name": "grafana", "generation": 1},
            "spec": {"replicas": 1, "template": {"metadata": {"labels": {"app": "grafana"}}}},
            "status": dict(RUNS),
        }

        def roll_out(path: str) -> None:
            found = cluster.objects[path]
            found["metadata"]["generation"] += 1
            found["status"]["observedGeneration"] += 1

        cluster.on_annotate = roll_out
        yield cluster


@pytest.fixture
def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    return stack_for(fake_infisical, cluster.kubeconfig)


def program(rotated: dict[str, Any], **inputs: Any) -> list[Declared]:
    given = {"namespace": "monitoring", "workloads": ["deployment/grafana"], "triggers": rotated, "timeoutSeconds": 5.0}
    return [INSTANCE, Declared("Restart", "grafana", {**given, **inputs})]


async def test_creating_it_before_any_rotation_restarts_nothing(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up(program({"PASSWORD": ""}))

    assert cluster.writes == []
    assert stack.outputs("grafana")["restartedAt"] == ""


@pytest.mark.parametrize(
    ("noted", "restarts"),
    [('{"PASSWORD": "2", "OTHER": "1"}', 0), ('{"PASSWORD": "1"}', 1), ("{}", 1), ("[", 1), ("[]", 1)],
)
async def test_creating_it_restarts_no_workload_that_runs_with_the_values(
    stack: Stack, cluster: FakeCluster, noted: str, restarts: int
) -> None:
    cluster.objects[PATH]["metadata"]["annotations"] = {"homelab/started-with": noted}

    await stack.up(program({"PASSWORD": "2"}))
    assert len(cluster.writes) == restarts

    await stack.up(program({"PASSWORD": "3"}))
    assert len(cluster.writes) == restarts + 1


async def test_a_rotation_changes_one_annotation_of_the_pod_template(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up(program({"PASSWORD": ""}))

    await stack.up(program({"PASSWORD": "2"}))

    (written,) = cluster.writes
    at = stack.outputs("grafana")["restartedAt"]
    annotations = {"kubectl.kubernetes.io/restartedAt": at}
    assert at
    assert (written.path, written.query) == (PATH, {"fieldManager": "homelab-delivery"})
    assert written.body == {"spec": {"template": {"metadata": {"annotations": annotations}}}}
    assert cluster.objects[PATH]["spec"]["template"]["metadata"]["labels"] == {"app": "grafana"}


async def test_without_a_new_trigger_nothing_is_restarted(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up(program({"PASSWORD": "2"}))
    before = len(cluster.writes)

    await stack.up(program({"PASSWORD": "2", "ANOTHER": ""}))
    await stack.up(program({"PASSWORD": ""}))
    await stack.refresh()

    assert stack.steps == []
    assert len(cluster.writes) == before


async def test_creating_it_with_a_trigger_restarts_running_pods(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up(program({"PASSWORD": "2"}))

    assert len(cluster.writes) == 1


@pytest.mark.parametrize("absent", ["workload", "pods"])
async def test_creating_it_does_not_restart_workloads_without_pods(
    stack: Stack, cluster: FakeCluster, absent: str
) -> None:
    """A recreated homelab, which already has triggers, waits for nothing."""
    if absent == "workload":
        del cluster.objects[PATH]
    else:
        cluster.objects[PATH]["status"] = {"observedGeneration": 1}

    await stack.up(program({"PASSWORD": "2"}))

    assert cluster.writes == []


async def test_a_preview_announces_the_restart_with_its_cause_and_writes_nothing(
    stack: Stack, cluster: FakeCluster
) -> None:
    await stack.up(program({"PASSWORD": "", "TOKEN": ""}))

    foreseen = await stack.preview(program({"PASSWORD": UNKNOWN, "TOKEN": ""}))

    assert stack.steps == [("update", "grafana")]
    assert stack.log.infos == ["restarts monitoring/deployment/grafana, because PASSWORD is rotated"]
    assert foreseen["grafana"]["restartedAt"] is UNKNOWN
    assert cluster.writes == []


INCOMPLETE = {
    "0 of 1 pods are updated": {"updatedReplicas": 0},
    "1 old pod still runs": {"replicas": 2},
    "0 of 1 new pods are ready": {"availableReplicas": 0},
    "its controller has not observed the restart yet": {"observedGeneration": 0},
}


@pytest.mark.parametrize("left", INCOMPLETE)
async def test_pods_that_do_not_become_ready_are_an_error_with_the_rollout_status(
    stack: Stack, cluster: FakeCluster, left: str
) -> None:
    await stack.up(program({"PASSWORD": ""}))
    cluster.objects[PATH]["status"] = {**RUNS, "observedGeneration": 9, **INCOMPLETE[left]}
    cluster.on_annotate = lambda path: None

    with pytest.raises(Blocked) as raised:
        await stack.up(program({"PASSWORD": "2"}))

    assert f"monitoring/deployment/grafana was restarted and is not ready after 5 s: {left}." in str(raised.value)
    assert "kubectl -n monitoring rollout status deployment/grafana" in str(raised.value)


def busy_after_a_restart(cluster: FakeCluster, times: int) -> None:
    rolled_out = cluster.on_annotate

    def roll_out(path: str) -> None:
        rolled_out(path)
        cluster.busy = times

    cluster.on_annotate = roll_out


async def test_a_temporarily_unavailable_api_server_is_asked_again(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up(program({"PASSWORD": ""}))
    busy_after_a_restart(cluster, 2)

    await stack.up(program({"PASSWORD": "2"}))

    assert stack.outputs("grafana")["restartedAt"]
    assert len(cluster.writes) == 1


async def test_a_permanently_unavailable_api_server_is_an_error_with_its_answer(
    stack: Stack, cluster: FakeCluster
) -> None:
    await stack.up(program({"PASSWORD": ""}))
    busy_after_a_restart(cluster, 99)

    with pytest.raises(Blocked, match=r"not ready after 5 s: The Kubernetes API at .* 503 ServiceUnavailable"):
        await stack.up(program({"PASSWORD": "2"}))


async def test_a_missing_workload_is_named(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up(program({"PASSWORD": ""}))
    del cluster.objects[PATH]

    with pytest.raises(Blocked, match=r"Cannot restart monitoring/deployment/grafana after a rotation: not found\."):
        await stack.up(program({"PASSWORD": "2"}))


async def test_deleting_the_resource_deletes_nothing(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up(program({"PASSWORD": ""}))

    await stack.up([INSTANCE])

    assert cluster.writes == []


@pytest.mark.parametrize("workload", ["grafana", "pod/grafana", "deployment/", "deployment/a/b"])
async def test_invalid_workloads_are_refused(stack: Stack, workload: str) -> None:
    with pytest.raises(CheckFailed, match="deployment/grafana; the kinds are deployment, statefulset, daemonset"):
        await stack.preview(program({}, workloads=[workload]))
