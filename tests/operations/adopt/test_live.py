"""`--live` reads the ExternalSecrets and stores of the cluster."""

from __future__ import annotations

import json
import os
import shlex
import uuid
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.adopt.reading.live import read_cluster
from operations.errors import OperationError
from sandbox.controlplane import ControlPlane
from tests.operations.adopt.adopting import STORE, Project, external_secret, reading
from tooling.kubernetes.kubectl import Kubectl


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """A kubectl that prints `answer`, or fails with `error`."""
    program = tmp_path / "bin" / "kubectl"
    program.parent.mkdir()
    folder = shlex.quote(str(tmp_path))
    program.write_text(
        f"#!/bin/sh\n[ ! -f {folder}/error ] || {{ cat {folder}/error >&2; exit 1; }}\ncat {folder}/answer\n"
    )
    program.chmod(0o755)
    return program


def answer(folder: Path, *objects: dict[str, Any]) -> None:
    (folder / "answer").write_text(json.dumps({"items": objects}))


def test_an_external_secret_that_another_object_makes_is_listed(fake: Path, tmp_path: Path) -> None:
    owners = [{"kind": "ClusterExternalSecret", "name": "everywhere"}]
    answer(tmp_path, external_secret("web", "web", reading("A"), ownerReferences=owners))

    found = read_cluster(Kubectl(fake, None), [])

    assert found.external_secrets == []
    assert found.unread[0].reason == "ClusterExternalSecret everywhere makes it, and would make it again"


def test_what_a_stack_made_is_declared_already(
    fake: Path, tmp_path: Path, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(tmp_path, external_secret("web", "web", reading("A"), annotations={"homelab/stack": "homelab/other"}))
    monkeypatch.setenv("PATH", str(fake.parent), prepend=os.pathsep)

    ran = project.adopt("--live")

    assert (ran.code, ran.reasons()) == (0, {"web/web": ["the stack homelab/other made it"]})


@pytest.mark.parametrize(
    ("error", "message"),
    [
        ('error: the server doesn\'t have a resource type "x"', "The cluster has no External Secrets Operator"),
        ("Unable to connect to the server", "The ExternalSecrets of the cluster cannot be read"),
    ],
)
def test_a_cluster_that_cannot_be_read_is_an_error(error: str, message: str, fake: Path, tmp_path: Path) -> None:
    (tmp_path / "error").write_text(error)

    with pytest.raises(OperationError, match=message):
        read_cluster(Kubectl(fake, None), [])


def test_the_cluster_of_the_stack_is_read(
    cluster: ControlPlane, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    namespace = f"adopt-{uuid.uuid4().hex[:8]}"
    kubectl = cluster.kubectl
    kubectl.create({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    (store,) = yaml.safe_load_all(STORE.read_text())
    local = {
        "apiVersion": store["apiVersion"],
        "kind": "SecretStore",
        "metadata": {"name": "own", "namespace": namespace},
    }
    kubectl.create({**local, "spec": store["spec"]})
    spec = {**reading("TOKEN"), "secretStoreRef": {"kind": "SecretStore", "name": "own"}}
    kubectl.create(external_secret(namespace, "web-secret", spec))
    config = {"kubernetes:kubeconfig": cluster.kubeconfig.read_text()}
    (project.folder / "Pulumi.homelab.yaml").write_text(yaml.safe_dump({"config": config}))
    monkeypatch.setenv("PATH", str(kubectl.program.parent), prepend=os.pathsep)

    ran = project.adopt("--live", "--namespace", namespace)

    assert (ran.code, ran.results()) == (0, {f"{namespace}/web-secret": "adopted"})
    assert project.apps() == {"web": {"namespace": namespace, "keys": {"TOKEN": {"source": "manual"}}, "adopt": True}}
    assert project.config()["homelab:store"]["projectSlug"] == "homelab"
