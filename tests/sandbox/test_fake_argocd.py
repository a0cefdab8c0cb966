"""The fake Argo CD on a real API server: what it starts, when, and the status of the Application."""

from __future__ import annotations

import functools
import json
import os
import signal
from typing import Any

import pytest

from sandbox.argocd import ArgoCd
from sandbox.controlplane import ControlPlane
from tests.sandbox.infisical.client import send
from tests.sandbox.infisical_application import SERVER, InfisicalOnCluster, admin_token, answer, bootstrap
from tests.waiting import eventually

SKIP = "argocd.argoproj.io/skip-reconcile"


def test_infisical_starts_when_the_application_and_every_secret_exist(
    argocd: ArgoCd, declared: InfisicalOnCluster
) -> None:
    declared.application()
    eventually(lambda: declared.health() == "Progressing", "it waits")
    waits_for = "infisical/infisical-secrets, argocd/infisical-helm-secrets"
    assert declared.status()["health"]["message"] == f"waiting for the Secret {waits_for}"
    declared.keys()
    eventually(
        lambda: declared.status()["health"]["message"].endswith("Secret argocd/infisical-helm-secrets"), "for one more"
    )
    assert not argocd.infisical.running

    declared.helm_values()

    eventually(lambda: declared.health() == "Healthy", "Infisical is healthy")
    assert declared.status()["sync"] == {"status": "Synced", "revision": "1.7.2"}
    assert declared.status()["operationState"]["phase"] == "Succeeded"
    assert send(str(argocd.url), "GET", "/api/status").status == 200


def test_an_external_database_needs_no_passwords_from_the_chart(argocd: ArgoCd, declared: InfisicalOnCluster) -> None:
    declared.keys()

    declared.application(values={"postgresql": {"enabled": False}})

    eventually(lambda: declared.health() == "Healthy", "Infisical is healthy")


def test_databases_with_applications_of_their_own_are_installed_when_their_secret_exists(
    argocd: ArgoCd, declared: InfisicalOnCluster
) -> None:
    declared.databases()
    eventually(lambda: declared.health("infisical-redis") == "Progressing", "it waits")

    declared.database_passwords()

    for name in ("infisical-postgresql", "infisical-redis"):
        eventually(functools.partial(_is_healthy, declared, name), f"{name} is healthy")
    for name in ("infisical-postgresql", "infisical-redis-master"):
        assert declared.kubectl.get("statefulset", name, "infisical")


def _is_healthy(declared: InfisicalOnCluster, name: str) -> bool:
    return declared.health(name) == "Healthy"


def test_an_application_that_is_not_automated_is_out_of_sync(argocd: ArgoCd, declared: InfisicalOnCluster) -> None:
    declared.keys()
    declared.helm_values()

    declared.application(syncPolicy={"syncOptions": ["CreateNamespace=true"]})

    eventually(lambda: declared.health() == "Missing", "nothing was started")
    assert declared.status()["sync"]["status"] == "OutOfSync"
    assert declared.kubectl.list("deployments", "infisical") == []
    assert not argocd.infisical.running


def test_an_application_in_a_missing_project_is_refused_until_the_project_exists(
    argocd: ArgoCd, declared: InfisicalOnCluster
) -> None:
    declared.keys()
    declared.helm_values()

    declared.application(project="secrets")

    eventually(lambda: declared.health() == "Unknown", "Argo CD refuses it")
    assert declared.status()["sync"]["status"] == "Unknown"
    (condition,) = declared.status()["conditions"]
    assert condition["type"] == "InvalidSpecError"
    assert condition["message"] == "Application referencing project secrets which does not exist"
    assert declared.kubectl.list("deployments", "infisical") == []
    assert not argocd.infisical.running

    project: dict[str, Any] = {"apiVersion": "argoproj.io/v1alpha1", "kind": "AppProject"}
    project["metadata"] = {"name": "secrets", "namespace": "argocd"}
    declared.kubectl.apply({**project, "spec": {"sourceRepos": ["*"], "destinations": []}})
    eventually(
        lambda: "do not match any of the allowed destinations in project 'secrets'" in str(declared.status()),
        "the project does not allow it",
    )
    everywhere = [{"server": "*", "namespace": "*"}]
    declared.kubectl.apply({**project, "spec": {"sourceRepos": ["*"], "destinations": everywhere}})

    eventually(lambda: declared.health() == "Healthy", "Infisical is healthy")
    assert not declared.status().get("conditions")


@pytest.mark.parametrize(
    ("key", "reason"),
    [("", "Please set the ENCRYPTION_KEY environment variable"), ("c2hvcnQ=", "Invalid key length")],
    ids=["none", "another length"],
)
def test_an_invalid_key_is_degraded(argocd: ArgoCd, declared: InfisicalOnCluster, key: str, reason: str) -> None:
    declared.keys(ENCRYPTION_KEY=key)
    declared.helm_values()
    declared.application()

    def reports_the_reason() -> bool:
        health = declared.status().get("health", {})
        return health.get("status") == "Degraded" and reason in health["message"]

    eventually(reports_the_reason, "the reason is reported")


def test_an_irrelevant_change_restarts_nothing(cluster: ControlPlane, argocd: ArgoCd, up: InfisicalOnCluster) -> None:
    pid = argocd.infisical.pid
    cluster.kubectl.run("label", "secret", "infisical-secrets", "-n", "infisical", "touched=yes")

    up.application(revision="1.8.0")

    eventually(lambda: up.status()["sync"]["revision"] == "1.8.0", "the new revision is reported")
    assert argocd.infisical.pid == pid


def test_a_crashed_server_is_restarted_with_its_data(argocd: ArgoCd, up: InfisicalOnCluster) -> None:
    token, pid = admin_token(argocd, bootstrap(argocd)), argocd.infisical.pid
    assert pid is not None

    os.kill(pid, signal.SIGKILL)

    eventually(lambda: argocd.infisical.pid not in (None, pid) and up.health() == "Healthy", "a new server runs")
    eventually(lambda: answer(argocd, token) == 200, "it knows the token")


def test_deleting_the_application_stops_nothing(cluster: ControlPlane, argocd: ArgoCd, up: InfisicalOnCluster) -> None:
    pid = argocd.infisical.pid

    cluster.kubectl.run("delete", "application", "infisical", "-n", "argocd")
    up.application()

    eventually(lambda: up.health() == "Healthy", "the new Application is Healthy")
    assert argocd.infisical.pid == pid


def test_it_owns_only_the_status_of_the_application(up: InfisicalOnCluster) -> None:
    found = up.kubectl.get("application", "infisical", "argocd") or {}
    owned = {
        entry["manager"]: {key for key in entry["fieldsV1"] if key != "f:metadata"}
        for entry in found["metadata"]["managedFields"]
    }

    assert owned == {"sandbox": {"f:spec"}, "fake-argocd": {"f:status"}}


def test_it_owns_the_objects_that_it_installed(up: InfisicalOnCluster) -> None:
    (deployment,) = up.kubectl.list("deployments", "infisical")
    owned = up.kubectl.get("deployment", deployment["metadata"]["name"], "infisical") or {}
    applied = {entry["manager"] for entry in owned["metadata"]["managedFields"] if entry["operation"] == "Apply"}

    assert applied == {"fake-argocd"}


def test_no_secret_is_in_its_log_or_in_its_arguments(argocd: ArgoCd, up: InfisicalOnCluster) -> None:
    told = argocd.log.read_text() + argocd.infisical.log.read_text() + json.dumps(up.status())
    started_with = "".join(file.read_text() for file in argocd.directory.glob("*.json"))

    assert "Healthy" in told
    assert f"--port={str(argocd.url).rpartition(':')[2]}" in started_with
    for secret in (up.encryption_key, up.auth_secret):
        assert secret not in told
        assert secret not in started_with


def test_it_is_marked_as_a_fake(argocd: ArgoCd, up: InfisicalOnCluster) -> None:
    assert "this is the sandbox's fake Argo CD" in up.status()["health"]["message"]
    assert "this is not Argo CD" in argocd.log.read_text()


def test_a_paused_application_keeps_its_server_scaled_down(argocd: ArgoCd, up: InfisicalOnCluster) -> None:
    application = ("application.argoproj.io", "infisical", "-n", "argocd")
    up.kubectl.run("annotate", *application, f"{SKIP}=true")
    up.kubectl.run("scale", f"deployment/{SERVER}", "-n", "infisical", "--replicas=0")
    eventually(lambda: not up.kubectl.list("pods", "infisical", "app.kubernetes.io/component=infisical"), "no pod")
    eventually(lambda: not argocd.infisical.running, "the server has ended with its last pod")
    # A changed Secret triggers a reconciliation.
    up.keys(AUTH_SECRET="another")
    assert (up.kubectl.get("deployment", SERVER, "infisical") or {})["spec"]["replicas"] == 0

    up.kubectl.run("annotate", *application, f"{SKIP}-")

    eventually(lambda: argocd.infisical.running, "the server runs again")
    assert (up.kubectl.get("deployment", SERVER, "infisical") or {})["spec"]["replicas"] > 0
