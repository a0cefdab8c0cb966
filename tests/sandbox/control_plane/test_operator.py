"""The real operator, on a real API server, with a fake Infisical that the cluster itself has asked for."""

from __future__ import annotations

import base64
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster import Cluster
from sandbox.external_secrets import STARTED, Operator, workers
from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import Admin, place
from tests.sandbox.infisical_application import InfisicalOnCluster
from tests.waiting import PATIENCE_SECONDS, eventually
from tooling.errors import StartError
from tooling.toolchain import Tools

API = "external-secrets.io/v1"
EXTERNAL_SECRET = "externalsecrets.external-secrets.io"


@pytest.fixture(scope="module")
def infisical(operated_cluster: Cluster) -> Admin:
    """The administrator of the cluster's Infisical."""
    declared = InfisicalOnCluster(operated_cluster.kubectl)
    declared.all()
    eventually(lambda: declared.health() == "Healthy", "Infisical is healthy")
    return Admin(FakeInfisical(operated_cluster.argocd.directory))


@pytest.fixture(scope="module")
def project(operated_cluster: Cluster, infisical: Admin) -> str:
    """The id of a project that the ClusterSecretStore `infisical` reads."""
    project = infisical.project("homelab")
    login = infisical.identity("operator")
    infisical.member(project, login, "viewer")
    credentials = {"clientId": login.client_id, "clientSecret": login.client_secret}
    name = {"name": "machine-identity", "namespace": "external-secrets"}
    operated_cluster.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": name, "stringData": credentials})
    provider = {
        "hostAPI": operated_cluster.infisical_url,
        "auth": {"universalAuthCredentials": {key: {**name, "key": key} for key in credentials}},
        "secretsScope": {"projectSlug": "homelab", "environmentSlug": "prod", "secretsPath": "/"},
    }
    operated_cluster.kubectl.apply(
        {
            "apiVersion": API,
            "kind": "ClusterSecretStore",
            "metadata": {"name": "infisical"},
            "spec": {"provider": {"infisical": provider}},
        }
    )
    return project


def declare(cluster: Cluster, name: str, *keys: str) -> None:
    """Create an ExternalSecret that reads these keys into a Secret with the same name."""
    spec = {
        "refreshInterval": "1h0m0s",
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": "infisical"},
        "target": {"name": name},
        "data": [{"secretKey": key, "remoteRef": {"key": key}} for key in keys],
    }
    metadata = {"name": name, "namespace": "monitoring"}
    cluster.kubectl.apply({"apiVersion": API, "kind": "ExternalSecret", "metadata": metadata, "spec": spec})


def ready(cluster: Cluster, name: str) -> tuple[str, str] | None:
    """Status and reason of an ExternalSecret's condition."""
    found = cluster.kubectl.get(EXTERNAL_SECRET, name, "monitoring") or {}
    for condition in found.get("status", {}).get("conditions", []):
        if condition["type"] == "Ready":
            return condition["status"], condition["reason"]
    return None


def values(cluster: Cluster, name: str) -> dict[str, str]:
    """Return the values of a Secret; empty if it does not exist."""
    found: dict[str, Any] = cluster.kubectl.get("secret", name, "monitoring") or {}
    return {key: base64.b64decode(value).decode() for key, value in found.get("data", {}).items()}


def test_an_external_secret_becomes_a_secret_with_infisicals_values(
    operated_cluster: Cluster, infisical: Admin, project: str
) -> None:
    infisical.secret(project, "FIRST", "one")
    infisical.secret(project, "SECOND", "zwei\nlines")

    declare(operated_cluster, "synced", "FIRST", "SECOND")

    eventually(lambda: ready(operated_cluster, "synced") == ("True", "SecretSynced"), "it is synced")
    assert values(operated_cluster, "synced") == {"FIRST": "one", "SECOND": "zwei\nlines"}


def test_a_missing_value_is_reported_and_synced_later(
    operated_cluster: Cluster, infisical: Admin, project: str
) -> None:
    declare(operated_cluster, "late", "LATE")
    eventually(lambda: ready(operated_cluster, "late") == ("False", "SecretSyncedError"), "the failure is reported")

    infisical.secret(project, "LATE", "at last")

    eventually(lambda: values(operated_cluster, "late") == {"LATE": "at last"}, "the value is in the Secret")


def test_a_requested_sync_updates_the_secret_in_place(
    operated_cluster: Cluster, infisical: Admin, project: str
) -> None:
    infisical.secret(project, "CHANGING", "before")
    declare(operated_cluster, "changing", "CHANGING")
    eventually(
        lambda: values(operated_cluster, "changing") == {"CHANGING": "before"}, "the first value is in the Secret"
    )
    uid = (operated_cluster.kubectl.get("secret", "changing", "monitoring") or {})["metadata"]["uid"]

    infisical.do("PATCH", "/api/v4/secrets/CHANGING", place(project) | {"secretValue": "after"})
    operated_cluster.kubectl.run("annotate", EXTERNAL_SECRET, "changing", "-n", "monitoring", "force-sync=1")

    eventually(
        lambda: values(operated_cluster, "changing") == {"CHANGING": "after"}, "the second value is in the Secret"
    )
    assert (operated_cluster.kubectl.get("secret", "changing", "monitoring") or {})["metadata"]["uid"] == uid


def test_the_secret_is_deleted_with_its_external_secret(
    operated_cluster: Cluster, infisical: Admin, project: str
) -> None:
    infisical.secret(project, "SHORT", "lived")
    declare(operated_cluster, "short", "SHORT")
    eventually(lambda: values(operated_cluster, "short"), "the Secret exists")

    where = ("short", "-n", "monitoring")
    operated_cluster.kubectl.run("delete", EXTERNAL_SECRET, *where, f"--timeout={PATIENCE_SECONDS}s")

    eventually(lambda: not values(operated_cluster, "short"), "the Secret is deleted")


def test_it_does_not_listen(operated_cluster: Cluster) -> None:
    shown = subprocess.run(["ss", "-Hltnp"], capture_output=True, text=True, check=True).stdout

    assert operated_cluster.operator.pid is not None
    assert f"pid={operated_cluster.operator.pid}," not in shown


def test_a_failed_start_is_reported_and_leaves_no_process(
    operated_cluster: Cluster, tmp_path: Path, program: Callable[[str, str], Path]
) -> None:
    failing = program("failing", "echo 'unknown flag: --concurrent' >&2; exit 1")
    operator = Operator(tmp_path / "operator", failing, operated_cluster.kubeconfig, tethered=True)

    with pytest.raises(StartError, match="external-secrets did not start: it ended with exit code 1") as caught:
        operator.start()

    assert "unknown flag: --concurrent" in str(caught.value)
    assert operator.pid is None


def test_infisical_is_its_only_provider(operated_cluster: Cluster, tools: Tools) -> None:
    program = tools.external_secrets.path.read_bytes()

    assert b"external-secrets/pkg/provider/infisical" in program
    assert b"external-secrets/pkg/provider/vault" not in program


@pytest.mark.parametrize(("apps", "expected"), [(0, 4), (3, 4), (30, 7), (100, 25), (1000, 32)])
def test_it_has_more_workers_for_more_apps(apps: int, expected: int) -> None:
    assert workers(apps) == expected


def test_it_is_restarted_with_the_workers_for_more_apps(tmp_path: Path, program: Callable[[str, str], Path]) -> None:
    ready = program("ready", f"echo '{STARTED}'; exec sleep 1000")

    def operator(apps: int) -> Operator:
        return Operator(tmp_path / "operator", ready, tmp_path / "kubeconfig", apps=apps, tethered=True)

    try:
        assert operator(3).start() is True
        assert operator(4).start() is False
        assert operator(100).start() is True
    finally:
        operator(100).stop(kill=True)


def test_a_second_start_does_nothing(operated_cluster: Cluster) -> None:
    pid = operated_cluster.operator.pid

    assert operated_cluster.operator.start() is False
    assert operated_cluster.operator.pid == pid
