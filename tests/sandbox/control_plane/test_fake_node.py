"""The fake node on a real control plane: workloads roll out, deleted pods end, and nothing runs in them."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.controlplane import ControlPlane
from sandbox.node import Node
from tests.troubled_api_server import Trouble, TroubledApiServer, deletes_pods, refused, troubled_api_server, unanswered
from tests.waiting import PATIENCE_SECONDS, eventually

GATE = "test.example/works"


@pytest.fixture
def namespace(control_plane: ControlPlane, node: Node) -> Iterator[str]:
    name = f"node-{secrets.token_hex(4)}"
    control_plane.kubectl.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    control_plane.kubectl.run("delete", "deployments,statefulsets,daemonsets", "--all", "-n", name)
    eventually(lambda: not pods(control_plane, name), "the pods are deleted with their workloads")
    control_plane.kubectl.run("delete", "namespace", name, "--wait=false")


@pytest.fixture
def troubled(control_plane: ControlPlane, node: Node, tmp_path: Path) -> Iterator[TroubledApiServer]:
    """An API server with faults, and a fake node that replaces the shared one."""
    node.stop()
    with troubled_api_server(control_plane.kubeconfig, tmp_path) as troubled:
        another = Node(tmp_path / "node", troubled.kubeconfig, control_plane.kubelet_certificates, tethered=True)
        another.start()
        yield troubled
        another.stop()
    node.start()


def workload(kind: str, namespace: str, name: str = "app", **pod: Any) -> dict[str, Any]:
    labels = {"app": name}
    containers = [{"name": "main", "image": "none"}]
    template = {"metadata": {"labels": labels}, "spec": {"containers": containers, **pod}}
    spec = {"selector": {"matchLabels": labels}, "template": template}
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "apps/v1", "kind": kind, "metadata": metadata, "spec": spec}


def pods(plane: ControlPlane, namespace: str) -> dict[str, dict[str, Any]]:
    """Return the pods by name."""
    return {pod["metadata"]["name"]: pod for pod in plane.kubectl.list("pods", namespace)}


def condition(pod: dict[str, Any], kind: str) -> str | None:
    found = {each["type"]: each["status"] for each in pod.get("status", {}).get("conditions", [])}
    return found.get(kind)


def ready_uid(plane: ControlPlane, namespace: str, name: str) -> str | None:
    """Return the uid of the pod with this name; None unless it is Ready."""
    pod = pods(plane, namespace).get(name) or {}
    return str(pod["metadata"]["uid"]) if condition(pod, "Ready") == "True" else None


def rolled_out(plane: ControlPlane, namespace: str, what: str) -> None:
    plane.kubectl.run("rollout", "status", what, "-n", namespace, f"--timeout={PATIENCE_SECONDS}s")


@pytest.mark.parametrize("kind", ["Deployment", "StatefulSet", "DaemonSet"])
def test_a_workload_rolls_out_and_a_restart_replaces_its_pods(
    control_plane: ControlPlane, namespace: str, kind: str
) -> None:
    control_plane.kubectl.apply(workload(kind, namespace))
    rolled_out(control_plane, namespace, f"{kind}/app")
    before = {pod["metadata"]["uid"] for pod in pods(control_plane, namespace).values()}

    control_plane.kubectl.run("rollout", "restart", f"{kind}/app", "-n", namespace)
    rolled_out(control_plane, namespace, f"{kind}/app")

    def uids() -> set[str]:
        return {pod["metadata"]["uid"] for pod in pods(control_plane, namespace).values()}

    eventually(lambda: len(uids()) == 1, "the previous pods are deleted")
    assert len(before) == 1
    assert not before & uids()


def test_a_running_pod_reports_each_container_as_running(control_plane: ControlPlane, namespace: str) -> None:
    first = {"name": "first", "image": "none"}
    sidecar = {"name": "sidecar", "image": "none", "restartPolicy": "Always"}
    control_plane.kubectl.apply(workload("Deployment", namespace, initContainers=[first, sidecar]))
    rolled_out(control_plane, namespace, "deployment/app")

    (pod,) = pods(control_plane, namespace).values()

    assert pod["spec"]["nodeName"] == "sandbox"
    assert pod["status"]["phase"] == "Running"
    assert "podIP" not in pod["status"]
    (container,) = pod["status"]["containerStatuses"]
    assert container["ready"]
    assert "running" in container["state"]
    states = {each["name"]: set(each["state"]) for each in pod["status"]["initContainerStatuses"]}
    assert states == {"first": {"terminated"}, "sidecar": {"running"}}


def test_a_deleted_pod_ends_and_a_new_one_replaces_it(control_plane: ControlPlane, namespace: str) -> None:
    """In a StatefulSet the new pod has the name of the old one, and must not be deleted with it."""
    control_plane.kubectl.apply(workload("StatefulSet", namespace))
    rolled_out(control_plane, namespace, "statefulset/app")
    before = pods(control_plane, namespace)["app-0"]["metadata"]["uid"]

    # kubectl's own wait could confuse the new pod with the old one, which has the same name.
    control_plane.kubectl.run("delete", "pod", "app-0", "-n", namespace, "--wait=false")

    eventually(lambda: ready_uid(control_plane, namespace, "app-0") not in (None, before), "the new pod is Ready")


@pytest.mark.parametrize(
    "trouble",
    [pytest.param(refused(500, "InternalError", "etcdserver: leader changed"), id="refused"), unanswered],
)
def test_a_failed_deletion_of_a_pod_is_repeated(
    control_plane: ControlPlane, troubled: TroubledApiServer, namespace: str, trouble: Trouble
) -> None:
    control_plane.kubectl.apply(workload("StatefulSet", namespace))
    rolled_out(control_plane, namespace, "statefulset/app")
    before = pods(control_plane, namespace)["app-0"]["metadata"]["uid"]
    troubled.order(deletes_pods, trouble)

    control_plane.kubectl.run("delete", "pod", "app-0", "-n", namespace, "--wait=false")

    troubled.trouble_is_over()
    eventually(lambda: ready_uid(control_plane, namespace, "app-0") not in (None, before), "the new pod is Ready")


def test_a_pod_is_ready_while_its_readiness_gates_are_true(control_plane: ControlPlane, namespace: str) -> None:
    control_plane.kubectl.apply(workload("Deployment", namespace, readinessGates=[{"conditionType": GATE}]))

    def pod() -> dict[str, Any]:
        return next(iter(pods(control_plane, namespace).values()), {})

    def tell(status: str) -> None:
        patch = {"status": {"conditions": [{"type": GATE, "status": status}]}}
        where = [pod()["metadata"]["name"], "-n", namespace, "--subresource=status", "-p", json.dumps(patch)]
        control_plane.kubectl.run("patch", "pod", *where)

    eventually(lambda: condition(pod(), "ContainersReady") == "True", "its containers run")
    assert condition(pod(), "Ready") == "False"
    tell("True")
    rolled_out(control_plane, namespace, "deployment/app")
    tell("False")
    eventually(lambda: condition(pod(), "Ready") == "False", "it is no longer Ready")


def test_a_pod_of_a_different_node_is_ignored(control_plane: ControlPlane, namespace: str) -> None:
    theirs = workload("Deployment", namespace, "theirs", nodeName="elsewhere")
    control_plane.kubectl.apply(theirs)
    control_plane.kubectl.apply(workload("Deployment", namespace, "ours"))
    rolled_out(control_plane, namespace, "deployment/ours")

    eventually(lambda: len(pods(control_plane, namespace)) == 2, "both have a pod")
    phases = {
        pod["metadata"]["labels"]["app"]: pod["status"]["phase"] for pod in pods(control_plane, namespace).values()
    }
    assert phases == {"ours": "Running", "theirs": "Pending"}
    control_plane.kubectl.run("delete", "deployment", "theirs", "-n", namespace)
    control_plane.kubectl.run("delete", "pods", "-l", "app=theirs", "-n", namespace, "--grace-period=0", "--force")


def test_its_node_is_marked_as_a_fake(control_plane: ControlPlane, node: Node, namespace: str) -> None:
    control_plane.kubectl.apply(workload("DaemonSet", namespace))
    rolled_out(control_plane, namespace, "daemonset/app")

    found = control_plane.kubectl.get("node", "sandbox") or {}

    assert found["metadata"]["labels"]["homelab.sandbox/fake"] == "true"
    what = "this is the sandbox's fake node: its pods run nothing"
    assert found["metadata"]["annotations"]["homelab.sandbox/fake"] == what
    (ready,) = found["status"]["conditions"]
    assert (ready["status"], ready["message"]) == ("True", what)
    assert "taints" not in found["spec"]
    assert "its pods run nothing" in node.log.read_text()


def test_a_restarted_node_catches_up(control_plane: ControlPlane, node: Node, namespace: str) -> None:
    control_plane.kubectl.apply(workload("Deployment", namespace))
    rolled_out(control_plane, namespace, "deployment/app")
    assert node.pid is not None
    os.kill(node.pid, signal.SIGKILL)
    eventually(lambda: node.pid is None, "it has ended")
    control_plane.kubectl.run("rollout", "restart", "deployment/app", "-n", namespace)
    eventually(lambda: len(pods(control_plane, namespace)) == 2, "there is a new pod")
    control_plane.kubectl.run("delete", "pods", "--all", "-n", namespace, "--wait=false")

    assert node.start() is True
    assert node.start() is False

    rolled_out(control_plane, namespace, "deployment/app")
    eventually(lambda: len(pods(control_plane, namespace)) == 1, "the other pods are deleted")


def test_it_listens_on_loopback_only(control_plane: ControlPlane, node: Node) -> None:
    def listens() -> list[str]:
        shown = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout
        return [line.split()[3] for line in shown.splitlines() if f"pid={node.pid}," in line]

    eventually(listens, "it listens")

    found = control_plane.kubectl.get("node", "sandbox")
    assert found is not None
    port = found["status"]["daemonEndpoints"]["kubeletEndpoint"]["Port"]
    assert listens() == [f"127.0.0.1:{port}"]


def test_it_waits_for_the_api_server_and_ends_on_sigterm(
    control_plane: ControlPlane, node: Node, namespace: str
) -> None:
    control_plane.stop()
    eventually(lambda: node.log.read_text().count("the API server: ") > 1, "it tries again")
    control_plane.start()
    control_plane.kubectl.apply(workload("Deployment", namespace))
    rolled_out(control_plane, namespace, "deployment/app")

    assert node.stop() is True
    assert node.pid is None
    assert node.stop() is False
    assert node.start() is True
