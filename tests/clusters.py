"""Clusters that the tests of one process share: a test takes an empty one and returns it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Generic, TypeVar

from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane
from sandbox.infisical import Settings
from sandbox.infisical.fake import FEWEST_ROUNDS
from tests.kubectl import DirectKubectl
from tests.waiting import PATIENCE_SECONDS, eventually
from tooling.kubernetes.kubectl import Kubectl
from tooling.toolchain import Tools

CUSTOM_KINDS = "externalsecrets.external-secrets.io,clustersecretstores.external-secrets.io,applications.argoproj.io"
SYSTEM = {"default", "kube-node-lease", "kube-public", "kube-system"}

Plane = TypeVar("Plane", ControlPlane, Cluster)


class Pool(Generic[Plane]):
    """
    Started clusters. Starting one takes many times longer than emptying it.

    :param start: starts a new cluster
    :param empty: removes everything that a test left on a cluster
    """

    def __init__(self, start: Callable[[], Plane], empty: Callable[[Plane], None]) -> None:
        self._start: Callable[[], Plane] = start
        self._empty: Callable[[Plane], None] = empty
        self._all: list[Plane] = []
        self._free: list[Plane] = []

    @contextmanager
    def lease(self) -> Iterator[Plane]:
        """An empty cluster, for this block alone. A cluster that cannot be emptied fails the test and is not reused."""
        if self._free:
            plane = self._free.pop()
            self._empty(plane)
        else:
            plane = self._start()
            self._all.append(plane)
        yield plane
        self._free.append(plane)

    def remove(self) -> None:
        """Stop all clusters and remove their files."""
        for plane in reversed(self._all):
            plane.remove()


def started_plane(directory: Path, tools: Tools) -> ControlPlane:
    """A new control plane without custom resource definitions."""
    plane = ControlPlane(directory, tools.binaries, tethered=True)
    plane.kubectl = DirectKubectl(plane)
    plane.start()
    return plane


def started_cluster(directory: Path, tools: Tools) -> Cluster:
    """A new cluster with the real operator and with fakes of Argo CD, Infisical and a node."""
    settings = Settings(bcrypt_rounds=FEWEST_ROUNDS, control=True)
    cluster = Cluster(directory, tools, settings=settings, tethered=True)
    cluster.plane.kubectl = DirectKubectl(cluster.plane)
    try:
        cluster.start()
    except BaseException:
        cluster.remove()
        raise
    return cluster


def empty_plane(plane: ControlPlane) -> None:
    """Remove all objects; the custom resource definitions stay."""
    _empty(plane.kubectl)


def empty_cluster(cluster: Cluster) -> None:
    """Empty the cluster, and remove the data of the fake Infisical server."""
    # While it runs, the fake Argo CD would install again what is removed here.
    cluster.argocd.stop(kill=True)
    _empty(cluster.kubectl)
    cluster.argocd.wipe()


def _empty(kubectl: Kubectl) -> None:
    # First, so that the operator writes no Secret into a namespace that is being removed.
    kubectl.run("delete", CUSTOM_KINDS, "--all", "--all-namespaces", "--wait=true", f"--timeout={PATIENCE_SECONDS}s")
    namespaces = [name for name in _names(kubectl, "namespaces") if name not in SYSTEM]
    if namespaces:
        kubectl.run("delete", "namespace", *namespaces, "--wait=false")
    eventually(lambda: set(_names(kubectl, "namespaces")) <= SYSTEM, "the namespaces are deleted", poll_seconds=0.2)
    assert _names(kubectl, CUSTOM_KINDS) == []
    assert _names(kubectl, "secrets,deployments,statefulsets,daemonsets,pods") == []


def _names(kubectl: Kubectl, kinds: str) -> list[str]:
    return [found["metadata"]["name"] for found in kubectl.list(kinds)]
