"""The fake Infisical restarts with its pods: a change takes effect with a rollout, and not before."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.argocd import ArgoCd
from sandbox.controlplane import ControlPlane
from tests.sandbox.conftest import declaration
from tests.sandbox.infisical_application import SERVER, InfisicalOnCluster, admin_token, answer, bootstrap
from tests.waiting import eventually

RESOURCES = {"requests": {"cpu": "100m"}, "limits": {"memory": "1500Mi"}}


def chart_values(postgresql: str = "first", redis: str = "first", **infisical: Any) -> dict[str, Any]:
    return {
        "infisical": {"kubeSecretRef": "infisical-secrets", "replicaCount": 1, "resources": RESOURCES, **infisical},
        "postgresql": {"enabled": True, "fullnameOverride": "postgresql", "auth": {"password": postgresql}},
        "redis": {"enabled": True, "fullnameOverride": "redis", "auth": {"password": redis}},
    }


@pytest.fixture(scope="module")
def installation(cluster: ControlPlane, argocd: ArgoCd) -> Iterator[InfisicalOnCluster]:
    """An installation with one replica and a bundled database, for all tests of this file."""
    with declaration(cluster, argocd) as declared:
        declared.keys()
        declared.helm_values()
        declared.application(values=chart_values())
        eventually(lambda: declared.health() == "Healthy", "Infisical is healthy")
        yield declared


@pytest.fixture(scope="module")
def organization(argocd: ArgoCd, installation: InfisicalOnCluster) -> str:
    return bootstrap(argocd)


@pytest.fixture
def installed(argocd: ArgoCd, installation: InfisicalOnCluster) -> InfisicalOnCluster:
    """The healthy installation, also after a test that changed it."""
    looked_again(installation)
    eventually(
        lambda: argocd.infisical.running and sorted(map(len, pods(installation).values())) == [1, 1, 1],
        "each part has its pod",
    )
    return installation


def deployment(of: InfisicalOnCluster) -> dict[str, Any]:
    return of.kubectl.get("deployment", SERVER, "infisical") or {}


def pods(of: InfisicalOnCluster) -> dict[str, set[str]]:
    """Return the uids of the pods by their name label."""
    found: dict[str, set[str]] = {}
    for pod in of.kubectl.list("pods", "infisical"):
        found.setdefault(pod["metadata"]["labels"]["app.kubernetes.io/name"], set()).add(pod["metadata"]["uid"])
    return found


def ready(of: InfisicalOnCluster) -> int:
    return int(deployment(of).get("status", {}).get("readyReplicas", 0))


def looked_again(of: InfisicalOnCluster) -> None:
    """Wait until the fake Argo CD has reconciled once more."""
    revision = f"1.7.{secrets.randbelow(1000) + 3}"
    of.application(revision=revision, values=chart_values())
    eventually(
        lambda: of.status().get("sync", {}).get("revision") == revision and of.health() == "Healthy",
        "the new revision is installed",
    )


def test_a_changed_auth_secret_takes_effect_with_the_rollout_and_not_before(
    argocd: ArgoCd, installed: InfisicalOnCluster, organization: str
) -> None:
    token, pid = admin_token(argocd, organization), argocd.infisical.pid
    installed.auth_secret = secrets.token_urlsafe(32)
    installed.keys()
    looked_again(installed)
    assert answer(argocd, token) == 200
    assert argocd.infisical.pid == pid

    installed.restart()
    installed.rolled_out()

    assert answer(argocd, token) == 403
    assert argocd.infisical.pid not in (None, pid)
    eventually(lambda: installed.health() == "Healthy", "Argo CD reports it")


def test_a_restart_with_the_same_secret_is_a_new_process_that_accepts_the_tokens(
    argocd: ArgoCd, installed: InfisicalOnCluster, organization: str
) -> None:
    token, pid = admin_token(argocd, organization), argocd.infisical.pid

    installed.restart()
    installed.rolled_out()

    assert argocd.infisical.pid not in (None, pid)
    assert answer(argocd, token) == 200


def test_a_changed_encryption_key_is_degraded_with_the_servers_message(
    argocd: ArgoCd, installed: InfisicalOnCluster, organization: str
) -> None:
    """No pod is Ready then. Like a container that crashes, the server reads the Secret at each new start."""
    token, wrong = admin_token(argocd, organization), secrets.token_hex(16)
    installed.keys(ENCRYPTION_KEY=wrong)
    looked_again(installed)
    assert answer(argocd, token) == 200

    installed.restart()

    eventually(lambda: installed.health() == "Degraded", "Argo CD reports it")
    message = installed.status()["health"]["message"]
    assert "Unsupported state or unable to authenticate data" in message
    assert "this is not Infisical" in message
    assert wrong not in message
    assert installed.status()["sync"]["status"] == "Synced"
    eventually(lambda: ready(installed) == 0, "no pod is Ready")
    installed.keys()
    installed.rolled_out()
    eventually(lambda: installed.health() == "Healthy", "the correct key is used")
    assert answer(argocd, token) == 200


def test_a_missing_secret_at_a_restart_keeps_the_running_server(
    argocd: ArgoCd, installed: InfisicalOnCluster, organization: str
) -> None:
    token, pid = admin_token(argocd, organization), argocd.infisical.pid
    installed.kubectl.run("delete", "secret", "infisical-secrets", "-n", "infisical")

    installed.restart()

    eventually(lambda: installed.health() == "Degraded", "Argo CD reports it")
    message = installed.status()["health"]["message"]
    assert message == "the newest pod cannot start: Secret infisical/infisical-secrets not found"
    assert argocd.infisical.pid == pid
    assert answer(argocd, token) == 200
    installed.keys()
    installed.rolled_out()
    assert argocd.infisical.pid not in (None, pid)


def test_a_changed_password_restarts_only_the_pods_that_use_it(installed: InfisicalOnCluster) -> None:
    before = pods(installed)
    password = f"canary-{secrets.token_hex(16)}"

    installed.application(values=chart_values(postgresql=password))

    eventually(lambda: not before["postgresql"] & pods(installed).get("postgresql", set()), "PostgreSQL's pod is new")
    installed.rolled_out("statefulset/postgresql")
    installed.rolled_out()
    eventually(lambda: installed.health() == "Healthy", "Argo CD reports it")
    after = pods(installed)
    assert not before["infisical-standalone"] & after["infisical-standalone"]
    assert after["redis"] == before["redis"]
    installed.application(values=chart_values(postgresql=password, redis="second"))
    eventually(lambda: not before["redis"] & pods(installed).get("redis", set()), "Redis's pod is new")
    kinds = "deployments,replicasets,statefulsets,controllerrevisions,pods,events"
    assert password not in installed.kubectl.run("get", kinds, "-n", "infisical", "-o", "json", "--show-managed-fields")


def test_a_deleted_pod_means_a_new_process(argocd: ArgoCd, installed: InfisicalOnCluster) -> None:
    pid = argocd.infisical.pid

    installed.kubectl.run("delete", "pods", "-n", "infisical", "-l", "app.kubernetes.io/component=infisical")

    eventually(lambda: argocd.infisical.pid not in (None, pid), "a new server runs")
    installed.rolled_out()


def test_a_restart_is_kept_and_a_changed_number_of_replicas_is_reverted(installed: InfisicalOnCluster) -> None:
    installed.restart()
    installed.kubectl.run("scale", "deployment", SERVER, "-n", "infisical", "--replicas=3")
    installed.application(values=chart_values(replicaCount=2))

    eventually(lambda: deployment(installed)["spec"]["replicas"] == 2, "the values' number is set")
    template = deployment(installed)["spec"]["template"]
    assert "kubectl.kubernetes.io/restartedAt" in template["metadata"]["annotations"]
    (container,) = template["spec"]["containers"]
    assert container["resources"] == RESOURCES
    assert container["envFrom"] == [{"secretRef": {"name": "infisical-secrets"}}]
    installed.rolled_out()


def test_it_restarts_without_the_application(argocd: ArgoCd, installed: InfisicalOnCluster) -> None:
    pid = argocd.infisical.pid
    installed.kubectl.run("delete", "application", "infisical", "-n", "argocd")

    installed.restart()
    installed.rolled_out()

    assert argocd.infisical.pid not in (None, pid)


def test_without_pods_there_is_no_server(argocd: ArgoCd, installed: InfisicalOnCluster) -> None:
    installed.kubectl.run("delete", "application", "infisical", "-n", "argocd")

    installed.kubectl.run("delete", "deployment", SERVER, "-n", "infisical")

    eventually(lambda: not argocd.infisical.running, "it has ended")


def test_every_object_is_marked_as_running_nothing(installed: InfisicalOnCluster) -> None:
    shown = installed.kubectl.list("pods", "infisical")

    assert len(shown) == 3
    for pod in shown:
        assert pod["metadata"]["annotations"]["homelab.sandbox/fake"] == "this pod runs nothing"
        assert [each["image"] for each in pod["spec"]["containers"]] == ["homelab.sandbox/runs-nothing"]
    assert "run nothing" in json.dumps(installed.status()["operationState"])
