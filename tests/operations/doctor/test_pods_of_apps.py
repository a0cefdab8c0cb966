"""Pods that started before a Secret changed which they read as environment variables."""

from __future__ import annotations

from typing import Any

import pytest

from operations.doctor.facts import Folder
from tests.operations.doctor.synthetic import Lab, external_secret, pod, waiting

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


PLACE = "monitoring/grafana-secret"


def waiting_pod(message: str, source: dict[str, Any] | None = None) -> dict[str, Any]:
    """A pod whose container cannot be created."""
    found = app_pod(BEFORE, source or ENV_FROM)
    found["status"] = {"phase": "Pending", **waiting("CreateContainerConfigError", message)}
    return found


def held(lab: Lab) -> dict[str, Any]:
    secrets = lab.cluster.secrets
    assert isinstance(secrets, dict)
    return dict(secrets)


def unset(lab: Lab) -> None:
    """A value that only the owner can set is missing, so that the operator delivers no key of the app."""
    (location,) = lab.infisical.folders
    values = {name: value for name, value in lab.values.items() if name != "GRAFANA_OAUTH_CLIENT_SECRET"}
    lab.answer(folders={location: Folder(values)})
    objects = lab.cluster.external_secrets
    assert isinstance(objects, dict)
    lab.observe(external_secrets={**objects, PLACE: external_secret(PLACE, status="False")})


def waiting_for(secret: str) -> Lab:
    lab = Lab()
    lab.observe(app_pods=[waiting_pod(f'secret "{secret}" not found')])
    return lab


def test_a_pod_that_waits_is_explained_by_the_value_that_is_missing() -> None:
    lab = waiting_for("grafana-secret")
    lab.observe(secrets={place: each for place, each in held(lab).items() if place != PLACE})
    unset(lab)

    assert [each.id for each in lab.findings()] == ["value-not-set"]
    assert lab.status("workloads") == "not-checked"


def test_a_pod_that_waits_for_a_declared_key_is_explained_by_its_secret() -> None:
    lab = Lab()
    objects = held(lab)
    lab.observe(secrets={**objects, PLACE: {**objects[PLACE], "data": {}}})
    lab.observe(app_pods=[waiting_pod(f"couldn't find key admin-password in Secret {PLACE}")])

    assert [each.id for each in lab.findings()] == ["not-equal"]


def test_a_pod_whose_secret_exists_now_starts_again() -> None:
    assert waiting_for("grafana-secret").only_finding().id == "pod-starts-again"


@pytest.mark.parametrize("name", ["grafana-secret-2", "grafana", "other"])
def test_a_secret_with_a_similar_name_is_a_different_one(name: str) -> None:
    lab = waiting_for(name)

    assert lab.findings() == []
    lab.observe(app_pods=[waiting_pod(f"couldn't find key a in Secret monitoring/{name}")])
    assert lab.findings() == []


def mounted(volume: dict[str, Any], said: str) -> Lab:
    lab = Lab()
    found = app_pod(BEFORE, {})
    found["spec"]["volumes"] = [{"name": "files", **volume}]
    found["status"] = {"phase": "Pending", **waiting("ContainerCreating")}
    lab.observe(app_pods=[found], warnings={("Pod", "monitoring/grafana-7d9-x"): (f"2026-11-30T11:00:00Z {said}",)})
    return lab


@pytest.mark.parametrize(
    "volume",
    [
        {"secret": {"secretName": "grafana-secret"}},
        {"projected": {"sources": [{"secret": {"name": "grafana-secret"}}]}},
    ],
)
def test_a_mounted_key_that_does_not_exist(volume: dict[str, Any]) -> None:
    said = 'FailedMount: MountVolume.SetUp failed for volume "files" : references non-existent secret key: no-key'

    finding = mounted(volume, said).only_finding()

    assert finding.id == "pod-reads-undeclared-key"
    assert finding.found == f"key no-key of Secret {PLACE} not found"


def test_a_volume_of_something_else_is_no_finding() -> None:
    said = 'FailedMount: MountVolume.SetUp failed for volume "files" : secret "other" not found'

    assert mounted({"secret": {"secretName": "other"}}, said).findings() == []
