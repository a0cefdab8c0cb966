"""The tests read and write objects without kubectl, and get the same answers."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from sandbox.controlplane import ControlPlane
from tests.kubectl import DirectKubectl
from tooling.kubernetes.kubectl import Kubectl, KubectlError


@pytest.fixture
def kubectl(cluster: ControlPlane) -> Kubectl:
    """kubectl itself."""
    return Kubectl.isolated(cluster.binaries.kubectl, cluster.kubeconfig)


@pytest.fixture
def direct(cluster: ControlPlane) -> DirectKubectl:
    return DirectKubectl(cluster)


def config_map(name: str, **data: str) -> dict[str, Any]:
    return {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name, "labels": {"for": name}}, "data": data}


@pytest.mark.parametrize(
    ("kind", "name", "namespace"),
    [
        ("namespace", "argocd", None),
        ("ns", "no-such-namespace", None),
        ("secret", "argocd-secret", "argocd"),
        ("appprojects.argoproj.io", "default", "argocd"),
        ("crd", "externalsecrets.external-secrets.io", None),
    ],
)
def test_an_object_is_the_same(
    kubectl: Kubectl, direct: DirectKubectl, kind: str, name: str, namespace: str | None
) -> None:
    assert direct.get(kind, name, namespace) == kubectl.get(kind, name, namespace)


def test_a_list_of_several_kinds_is_the_same(kubectl: Kubectl, direct: DirectKubectl) -> None:
    kinds = "secrets,appprojects.argoproj.io"

    assert direct.list(kinds, "argocd") == kubectl.list(kinds, "argocd")


def test_written_objects_have_the_same_owner(kubectl: Kubectl, direct: DirectKubectl) -> None:
    ours, theirs = (f"kubectl-{secrets.token_hex(4)}" for _ in range(2))
    for program, name in ((direct, ours), (kubectl, theirs)):
        program.create(config_map(name, first="1"), manager="first")
        program.apply(config_map(name, second="2"), manager="second")

    def owners(name: str) -> list[tuple[str, str]]:
        (found,) = direct.list("configmaps", "default", f"for={name}")
        fields = (direct.get("configmap", name) or {})["metadata"]["managedFields"]
        assert found["data"] == {"first": "1", "second": "2"}
        return sorted((entry["manager"], entry["operation"]) for entry in fields)

    assert owners(ours) == owners(theirs) == [("first", "Update"), ("second", "Apply")]
    kubectl.run("delete", "configmap", ours, theirs)


def test_an_error_is_the_api_servers(direct: DirectKubectl) -> None:
    with pytest.raises(KubectlError, match="AlreadyExists"):
        direct.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "argocd"}})
    with pytest.raises(KubectlError, match='doesn\'t have a resource type "nonsense"'):
        direct.list("nonsense")
