"""The apps' pods: those that started before a Secret that they read as environment variables has changed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping
from typing import Any

from declaration import AppSecret
from operations.doctor.facts import Object, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.external_secrets import is_operator
from operations.doctor.steps.scope import Scope


def check_workloads(scope: Scope) -> Outcome:
    cluster = scope.cluster
    for read in (cluster.app_pods, cluster.secrets):
        if isinstance(read, Unread):
            return Outcome.not_checked(read.reason)
    assert not isinstance(cluster.app_pods, Unread)
    findings = [each for secret in scope.secrets for each in _of(scope, secret, cluster.app_pods)]
    return Outcome.of(findings, "each has the current values")


def _of(scope: Scope, secret: AppSecret, pods: Any) -> Iterator[Finding]:
    objects = scope.cluster.secrets
    found = None if isinstance(objects, Unread) else objects.get(secret.place)
    changed = data_changed(found) if found else None
    if changed is None:
        return
    for pod in pods:
        if pod["metadata"]["namespace"] != secret.namespace or not _reads(pod, secret.name):
            continue
        started = _started(pod)
        if started and started < changed:
            workload = workload_of(pod)
            yield Finding(
                "pod-older-than-secret",
                "A pod runs with values that have changed since it started",
                f"`kubectl -n {secret.namespace} rollout restart {workload}`"
                if workload
                else f"`kubectl -n {secret.namespace} delete pod {pod['metadata']['name']}`",
                (f"{secret.namespace}/{workload or 'pod/' + pod['metadata']['name']}",),
                f"started at {started:%F %T} UTC; Secret {secret.place} changed at {changed:%F %T} UTC",
                "a pod that is newer; with `restarts` in the declaration, `pulumi up` restarts it after a rotation",
                warning=True,
            )


def data_changed(secret: Object) -> datetime.datetime | None:
    """When the operator changed the Secret last; None if it never did."""
    times = [
        str(each.get("time"))
        for each in secret["metadata"].get("managedFields") or []
        if is_operator(str(each.get("manager"))) and "f:data" in (each.get("fieldsV1") or {}) and each.get("time")
    ]
    return max(map(_time, times), default=None)


def _reads(pod: Object, secret: str) -> bool:
    """Whether a container reads the Secret as environment variables. Files follow the Secret by themselves."""
    spec = pod.get("spec") or {}
    for container in (*(spec.get("initContainers") or ()), *(spec.get("containers") or ())):
        names = [_named(each, "secretRef") for each in container.get("envFrom") or ()]
        names += [_named(each.get("valueFrom") or {}, "secretKeyRef") for each in container.get("env") or ()]
        if secret in names:
            return True
    return False


def _named(source: Mapping[str, Any], field: str) -> str:
    return str((source.get(field) or {}).get("name") or "")


def _started(pod: Object) -> datetime.datetime | None:
    """When the oldest running container of a pod started."""
    status = pod.get("status") or {}
    if status.get("phase") != "Running" or pod["metadata"].get("deletionTimestamp"):
        return None
    running = [(each.get("state") or {}).get("running") or {} for each in status.get("containerStatuses") or ()]
    return min((_time(each["startedAt"]) for each in running if each.get("startedAt")), default=None)


def workload_of(pod: Object) -> str:
    """What controls the pod, as kubectl names it; empty if `rollout restart` cannot restart that."""
    metadata = pod["metadata"]
    owner: Mapping[str, Any] = next(
        (each for each in metadata.get("ownerReferences") or () if each.get("controller")), {}
    )
    kind, name = str(owner.get("kind") or ""), str(owner.get("name") or "")
    digest = str((metadata.get("labels") or {}).get("pod-template-hash") or "")
    if kind == "ReplicaSet" and digest and name.endswith(f"-{digest}"):
        return f"deployment/{name.removesuffix(f'-{digest}')}"
    return f"{kind.lower()}/{name}" if kind in ("StatefulSet", "DaemonSet") else ""


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
