"""Applies and reads the installed objects, and sets readiness gates."""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from lightkube import ApiError, Client
from lightkube.resources.apps_v1 import Deployment, ReplicaSet, StatefulSet
from lightkube.resources.core_v1 import Pod, Secret
from lightkube.types import PatchType

from sandbox.argocd.application import Object
from sandbox.argocd.chart import COMPONENT, GATE, INSTANCE, SERVER_LABELS

_KINDS: dict[str, Any] = {"Deployment": Deployment, "StatefulSet": StatefulSet, "Secret": Secret}
_REVISION = "deployment.kubernetes.io/revision"


@dataclass(frozen=True)
class ServerPod:
    """
    A pod of Infisical's server that is not being deleted.

    :param replica_set: its owner, which identifies the pod template
    :param revision: of the ReplicaSet; higher for a newer rollout
    :param secrets: the Secrets in its environment
    :param is_started: its node reports that its containers run
    :param is_answering: the value of its readiness gate
    """

    name: str
    namespace: str
    uid: str
    created: str
    replica_set: str
    revision: int
    secrets: tuple[str, ...]
    is_started: bool
    is_answering: bool


class Workloads:
    """
    :param client: of the cluster; its field manager owns the applied objects
    """

    def __init__(self, client: Client) -> None:
        self._client = client

    def get(self, kind: str, name: str, namespace: str) -> Object | None:
        """
        :raises Unavailable: any error except not found
        """
        try:
            found: Object = self._client.get(_KINDS[kind], name, namespace=namespace).to_dict()
        except ApiError as error:
            if error.status.code == HTTPStatus.NOT_FOUND:
                return None
            raise
        return found

    def apply(self, manifest: Object) -> Object:
        """
        Write it by server-side apply, which leaves alone what others added; gives it as it is then.

        :raises Unavailable: it was refused
        """
        metadata = manifest["metadata"]
        applied: Object = self._client.patch(
            _KINDS[manifest["kind"]],
            metadata["name"],
            manifest,
            namespace=metadata["namespace"],
            patch_type=PatchType.APPLY,
            force=True,
        ).to_dict()
        return applied

    def server_pods(self, namespace: str) -> list[ServerPod]:
        """
        :raises Unavailable: the API server does not answer
        """
        labels: Any = {key: SERVER_LABELS[key] for key in (INSTANCE, COMPONENT)}
        pods = [pod.to_dict() for pod in self._client.list(Pod, namespace=namespace, labels=labels)]
        # After the pods, so that the ReplicaSet of every pod is in the list.
        sets = [found.to_dict() for found in self._client.list(ReplicaSet, namespace=namespace, labels=labels)]
        revisions = {each["metadata"]["name"]: _revision(each) for each in sets}
        return [_server_pod(pod, revisions) for pod in pods if not pod["metadata"].get("deletionTimestamp")]

    def set_gate(self, pod: ServerPod, *, is_answering: bool) -> None:
        """
        Set its readiness gate.

        :raises Unavailable: any error except that the pod does not exist
        """
        now = datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        gate = {"type": GATE, "status": str(is_answering), "lastTransitionTime": now}
        patch = {"status": {"conditions": [gate]}, "metadata": {"uid": pod.uid}}
        try:
            self._client.patch(Pod.Status, pod.name, patch, namespace=pod.namespace)
        except ApiError as error:
            if error.status.code not in (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT):
                raise


def is_rolled_out(workload: Object) -> bool:
    """Whether all its pods, if it has any, have its newest template and are ready."""
    if workload["kind"] == "Secret":
        return True
    wanted, status = workload["spec"].get("replicas", 1), workload.get("status") or {}
    if status.get("observedGeneration", 0) < workload["metadata"]["generation"]:
        return False
    if status.get("updateRevision") != status.get("currentRevision"):
        return False
    updated = status.get("updatedReplicas", 0) if workload["kind"] == "Deployment" else wanted
    return bool(status.get("replicas", 0) == updated == wanted and status.get("readyReplicas", 0) == wanted)


def _revision(replica_set: Object) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(_REVISION, 0))


def _server_pod(pod: Object, revisions: dict[str, int]) -> ServerPod:
    metadata, status = pod["metadata"], pod.get("status") or {}
    owner = next((each["name"] for each in metadata.get("ownerReferences") or []), "")
    sources = [each for container in pod["spec"]["containers"] for each in container.get("envFrom") or []]
    gates = {each["type"]: each["status"] for each in status.get("conditions") or []}
    return ServerPod(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        created=str(metadata["creationTimestamp"]),
        replica_set=owner,
        revision=revisions.get(owner, 0),
        secrets=tuple(each["secretRef"]["name"] for each in sources if each.get("secretRef")),
        is_started=status.get("phase") == "Running",
        is_answering=gates.get(GATE) == "True",
    )
