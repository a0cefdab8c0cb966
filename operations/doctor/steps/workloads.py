"""The apps' pods: those that wait for a Secret, and those that started before a Secret that they read has changed."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from declaration import AppSecret
from operations.doctor.facts import Object, Unread
from operations.doctor.findings import Finding, Outcome
from operations.doctor.steps.external_secrets import is_operator
from operations.doctor.steps.scope import Scope
from operations.doctor.steps.secret_readers import missing_in, reads_at_start, workload_of


def check_workloads(scope: Scope) -> Outcome:
    pods, secrets = scope.cluster.app_pods, scope.cluster.secrets
    for read in (pods, secrets):
        if isinstance(read, Unread):
            return Outcome.not_checked(read.reason)
    assert not isinstance(pods, Unread)
    assert not isinstance(secrets, Unread)
    by_namespace: dict[str, list[Object]] = {}
    for pod in pods:
        by_namespace.setdefault(pod["metadata"]["namespace"], []).append(pod)
    findings: list[Finding] = []
    waiting = 0
    for secret in scope.secrets:
        held = secrets.get(secret.place)
        for pod in by_namespace.get(secret.namespace, ()):
            missing = missing_in(pod, secret.name, _said(scope, pod))
            if missing is None:
                findings += _older(secret, held, pod)
            elif missing in secret.written or not missing:
                findings += _starts_again(secret, held, pod, missing)
                waiting += not _has(held, missing)
            else:
                findings.append(_reads_undeclared(secret, held, pod, missing))
    if waiting and not findings:
        # The steps before say why it is not delivered.
        return Outcome.not_checked(f"{waiting} cannot start before their Secret is delivered")
    return Outcome.of(findings, "each has the current values")


def _older(secret: AppSecret, held: Object | None, pod: Object) -> Iterator[Finding]:
    changed = data_changed(held) if held else None
    started = _started(pod)
    if changed and started and started < changed and reads_at_start(pod, secret.name):
        workload = workload_of(pod)
        yield Finding(
            "pod-older-than-secret",
            "A pod runs with values that have changed since it started",
            f"`kubectl -n {secret.namespace} rollout restart {workload}`"
            if workload
            else f"`kubectl -n {secret.namespace} delete pod {pod['metadata']['name']}`",
            (f"{secret.namespace}/{_named(pod)}",),
            f"started at {started:%F %T} UTC; Secret {secret.place} changed at {changed:%F %T} UTC",
            "a pod that is newer; with `restarts` in the declaration, `pulumi up` restarts it after a rotation",
            warning=True,
            alone=True,
        )


def _starts_again(secret: AppSecret, held: Object | None, pod: Object, missing: str) -> Iterator[Finding]:
    """:param missing: the key that the pod missed; empty if it missed the Secret"""
    if _has(held, missing):
        look = f"`kubectl -n {secret.namespace} get pod {pod['metadata']['name']}` shows its status"
        yield Finding(
            "pod-starts-again",
            "A pod waited for a Secret that exists now",
            f"wait a minute: Kubernetes tries again; {look}",
            (f"{secret.namespace}/{_named(pod)}",),
            f"key {missing} of Secret {secret.place} not found" if missing else f"Secret {secret.place} not found",
            "a running pod",
            warning=True,
        )


def _reads_undeclared(secret: AppSecret, held: Object | None, pod: Object, missing: str) -> Finding:
    edit = f"`kubectl -n {secret.namespace} edit {_named(pod)}`"
    return Finding(
        "pod-reads-undeclared-key",
        "A pod cannot start: it reads a key that its Secret does not have",
        f"add {missing} to the `secretKeys` of a key in homelab:apps.{secret.app}, or correct the pod with {edit}",
        (f"{secret.namespace}/{_named(pod)}",),
        f"key {missing} of Secret {secret.place} not found",
        f"one of {', '.join(sorted((held or {}).get('data') or secret.written))}",
        alone=True,
    )


def _said(scope: Scope, pod: Object) -> Sequence[str]:
    metadata = pod["metadata"]
    return scope.cluster.warnings.get(("Pod", f"{metadata['namespace']}/{metadata['name']}"), ())


def _has(held: Object | None, key: str) -> bool:
    """:param key: empty for the Secret itself"""
    return held is not None and (not key or key in (held.get("data") or {}))


def _named(pod: Object) -> str:
    return workload_of(pod) or f"pod/{pod['metadata']['name']}"


def data_changed(secret: Object) -> datetime.datetime | None:
    """When the operator changed the Secret last; None if it never did."""
    times = [
        str(each.get("time"))
        for each in secret["metadata"].get("managedFields") or []
        if is_operator(str(each.get("manager"))) and "f:data" in (each.get("fieldsV1") or {}) and each.get("time")
    ]
    return max(map(_time, times), default=None)


def _started(pod: Object) -> datetime.datetime | None:
    """When the oldest running container of a pod started."""
    status: Mapping[str, Any] = pod.get("status") or {}
    if status.get("phase") != "Running" or pod["metadata"].get("deletionTimestamp"):
        return None
    running = [(each.get("state") or {}).get("running") or {} for each in status.get("containerStatuses") or ()]
    return min((_time(each["startedAt"]) for each in running if each.get("startedAt")), default=None)


def _time(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)
