"""Fixtures of the sandbox's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from rich.console import Console

from sandbox.argocd import ArgoCd
from sandbox.controlplane import ControlPlane
from sandbox.infisical import Settings
from sandbox.infisical.fake import FEWEST_ROUNDS
from sandbox.node import Node
from sandbox.postgres import Postgres
from tests.sandbox.infisical_application import InfisicalOnCluster
from tests.waiting import eventually
from tooling.toolchain.progress import Reporter


class Listener(Reporter):
    """A reporter that keeps its lines."""

    def __init__(self) -> None:
        super().__init__(Console(quiet=True))
        self.lines: list[str] = []

    def say(self, line: str) -> None:
        self.lines.append(line)


@pytest.fixture
def listener() -> Listener:
    return Listener()


@pytest.fixture
def program(tmp_path: Path) -> Callable[[str, str], Path]:
    """Write an executable shell script: its path in the test's folder, and its body."""

    def make(path: str, body: str) -> Path:
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"#!/bin/sh\n{body}\n")
        file.chmod(0o755)
        return file

    return make


@pytest.fixture(scope="module")
def node(control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Node]:
    """A fake node of the control plane."""
    node = Node(
        tmp_path_factory.mktemp("node"), control_plane.kubeconfig, control_plane.kubelet_certificates, tethered=True
    )
    node.start()
    yield node
    node.stop(kill=True)
    control_plane.kubectl.run("delete", "node", "sandbox", "--ignore-not-found")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL server, which the tests of this process share: each file uses databases of its own."""
    folder = tmp_path_factory.mktemp("with a space") / "postgres"
    server = Postgres(folder, database="infisicalDB", owner="infisical", tethered=True)
    try:
        server.start()
        server.wait()
        yield server
    finally:
        server.remove()


@pytest.fixture(scope="module")
def argocd(cluster: ControlPlane, node: Node, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ArgoCd]:
    """A fake Argo CD on a control plane with a fake node."""
    directory = tmp_path_factory.mktemp("argocd") / "infisical"
    argocd = ArgoCd(directory, cluster.kubeconfig, settings=Settings(bcrypt_rounds=FEWEST_ROUNDS), tethered=True)
    argocd.start()
    yield argocd
    argocd.remove()


@contextmanager
def declaration(cluster: ControlPlane, argocd: ArgoCd) -> Iterator[InfisicalOnCluster]:
    """An empty declaration during the block; Infisical has no data."""
    argocd.wipe()
    declared = InfisicalOnCluster(cluster.kubectl)
    declared.namespace()
    yield declared
    # First, or it would reinstall what is deleted here.
    argocd.stop(kill=True)
    declared.remove()
    eventually(lambda: not cluster.kubectl.list("pods", "infisical"), "the pods are deleted")


@pytest.fixture
def declared(cluster: ControlPlane, argocd: ArgoCd) -> Iterator[InfisicalOnCluster]:
    """An empty declaration for one test."""
    with declaration(cluster, argocd) as declared:
        yield declared


@pytest.fixture(scope="module")
def up(cluster: ControlPlane, argocd: ArgoCd) -> Iterator[InfisicalOnCluster]:
    """A complete declaration for the rest of the file; Infisical answers."""
    with declaration(cluster, argocd) as declared:
        declared.all()
        eventually(lambda: declared.health() == "Healthy", "Infisical is healthy")
        yield declared
