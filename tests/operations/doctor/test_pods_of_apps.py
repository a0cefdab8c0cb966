"""Pods that started before a Secret changed which they read as environment variables."""

from __future__ import annotations

from typing import Any

from tests.operations.doctor.synthetic import Lab, pod

BEFORE, AFTER = "2026-11-28T10:00:00Z", "2026-11-29T10:00:00Z"
"""The Secrets of the lab changed between the two."""


def app_pod(started: str, source: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    found = pod("grafana-7d9-x", "monitoring", containerStatuses=[{"state": {"running": {"startedAt": started}}}])
    found["spec"] = {"containers": [{"name": "grafana", **source}]}
    owner = {"kind": "ReplicaSet", "name": "grafana-7d9", "controller": True}
    found["metadata"] |= {"ownerReferences": [owner], "labels": {"pod-template-hash": "7d9"}, **metadata}
    return found


ENV_FROM: dict[str, Any] = {"envFrom": [{"secretRef": {"name": "grafana-secret"}}]}
ENV: dict[str, Any] = {
    "env": [{"name": "A", "valueFrom": {"secretKeyRef": {"name": "grafana-secret", "key": "admin-password"}}}]
}


def findings(*pods: dict[str, Any]) -> list[tuple[str, ...]]:
    lab = Lab()
    lab.observe(app_pods=list(pods))
    return [(each.id, *each.where) for each in lab.findings()]


def test_an_older_pod_is_named_by_its_workload() -> None:
    expected = [("pod-older-than-secret", "monitoring/deployment/grafana")]

    assert findings(app_pod(BEFORE, ENV_FROM)) == expected
    assert findings(app_pod(BEFORE, ENV)) == expected


def test_the_fix_restarts_the_workload() -> None:
    lab = Lab()
    lab.observe(app_pods=[app_pod(BEFORE, ENV)])

    assert lab.only_finding().fix == "`kubectl -n monitoring rollout restart deployment/grafana`"


def test_a_pod_without_a_workload_is_deleted() -> None:
    lab = Lab()
    lab.observe(app_pods=[app_pod(BEFORE, ENV, ownerReferences=[])])

    assert lab.only_finding().fix == "`kubectl -n monitoring delete pod grafana-7d9-x`"


def test_a_newer_pod_is_well() -> None:
    assert findings(app_pod(AFTER, ENV)) == []


def test_files_follow_the_secret_by_themselves() -> None:
    assert findings(app_pod(BEFORE, {"volumeMounts": [{"name": "grafana-secret"}]})) == []


def test_a_pod_that_is_being_deleted_does_not_count() -> None:
    assert findings(app_pod(BEFORE, ENV, deletionTimestamp=AFTER)) == []


def test_a_pod_of_a_different_namespace_reads_a_different_secret() -> None:
    assert findings(app_pod(BEFORE, ENV, namespace="web")) == []
