"""Snapshots of a cluster. Restoring one takes seconds; deploying a homelab to a new cluster takes many times longer."""

from __future__ import annotations

import base64
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx2

from declaration.objects import APPLICATION, ARGOCD_NAMESPACE
from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane
from tests.homelab.objects import client, files_of
from tests.waiting import eventually
from tooling.processes.family import kill_family

OPERATIONS_PER_TRANSACTION: Final = 100
# The definitions of custom resources are large, and no test changes them.
RANGES: Final = (
    ("/registry/", "/registry/apiextensions.k8s.io/"),
    ("/registry/apiextensions.k8s.io0", "/registry0"),
)
KEPT: Final = ("apiregistration.k8s.io", "events", "leases", "masterleases", "minions", "peerserverleases", "ranges")
"""Kinds that belong to the running processes, not to a test."""


class Registry:
    """The objects of a control plane as etcd stores them, with their UIDs, owners and field managers."""

    def __init__(self, plane: ControlPlane) -> None:
        ports, certificates = files_of(plane)
        key = certificates.etcd_client_key
        self._http = client(ports.etcd_client, certificates, certificates.etcd_client, key)

    def close(self) -> None:
        self._http.close()

    def read(self) -> dict[str, str]:
        """Every object by its key; both encoded."""
        found: dict[str, str] = {}
        for first, end in RANGES:
            entries = self._call("range", key=_encoded(first), range_end=_encoded(end)).get("kvs", [])
            found |= {entry["key"]: entry.get("value", "") for entry in entries if not _is_kept(entry["key"])}
        return found

    def write(self, objects: Mapping[str, str]) -> None:
        """Make the objects what they were when they were read."""
        found = self.read()
        operations: list[dict[str, Any]] = [{"requestDeleteRange": {"key": key}} for key in found if key not in objects]
        operations += [
            {"requestPut": {"key": key, "value": value}} for key, value in objects.items() if found.get(key) != value
        ]
        for start in range(0, len(operations), OPERATIONS_PER_TRANSACTION):
            self._call("txn", success=operations[start : start + OPERATIONS_PER_TRANSACTION])

    def _call(self, operation: str, **body: Any) -> dict[str, Any]:
        answer = self._http.post(f"/v3/kv/{operation}", json=body)
        assert answer.is_success, f"etcd refused {operation}: {answer.status_code}"
        result: dict[str, Any] = answer.json()
        return result


def _encoded(key: str) -> str:
    return base64.b64encode(key.encode()).decode()


def _kind(key: str) -> str:
    return base64.b64decode(key).decode().removeprefix("/registry/").partition("/")[0]


def _is_kept(key: str) -> bool:
    return _kind(key) in KEPT


@dataclass(frozen=True)
class Snapshot:
    """
    The objects of a cluster, and a copy of what its fake Argo CD and fake Infisical server keep.

    :param fakes: their files
    :param database: the name of the copy of Infisical's database
    """

    objects: Mapping[str, str]
    fakes: Path
    database: str


class Snapshots:
    """
    Takes and restores snapshots of one cluster.

    :param folder: for their files
    """

    def __init__(self, cluster: Cluster, folder: Path) -> None:
        self._cluster = cluster
        self._folder = folder
        self._registry = Registry(cluster.plane)
        self._taken = 0

    def close(self) -> None:
        self._registry.close()

    def take(self) -> Snapshot:
        """Stop the operator and the fakes, and take a snapshot."""
        self._stop()
        self._taken += 1
        fakes = self._folder / str(self._taken)
        shutil.copytree(self._cluster.argocd.directory, fakes)
        objects, database = self._registry.read(), f"snapshot_{self._taken}"
        self._copy(self._cluster.postgres.database, database)
        return Snapshot(objects, fakes, database)

    def restore(self, snapshot: Snapshot) -> None:
        """
        Stop the operator and the fakes, and restore the objects, the files and the database.

        The controllers start again after it: one that ran could mix the new Deployment with the old ReplicaSet, and
        make pods that nothing owns.
        """
        self._stop()
        controllers = self._cluster.plane.status().pids["kube-controller-manager"]
        if controllers:
            kill_family(controllers)
        shutil.rmtree(self._cluster.argocd.directory)
        shutil.copytree(snapshot.fakes, self._cluster.argocd.directory)
        self._registry.write(snapshot.objects)
        self._cluster.plane.start()
        postgres = self._cluster.postgres
        others = f"SELECT datname FROM pg_database WHERE datname LIKE '{postgres.database}%'"
        drops = [f'DROP DATABASE "{name}" WITH (FORCE);' for name in postgres.execute(others).splitlines()]
        postgres.execute("\n".join(drops))
        self._copy(snapshot.database, postgres.database)

    def _copy(self, source: str, copy: str) -> None:
        postgres = self._cluster.postgres
        postgres.execute(f'CREATE DATABASE "{copy}" TEMPLATE "{source}" OWNER "{postgres.owner}" STRATEGY FILE_COPY')

    def _stop(self) -> None:
        self._cluster.argocd.stop(kill=True)
        self._cluster.operator.stop(kill=True)


def start(cluster: Cluster, *, deployed: bool) -> None:
    """
    Start the operator and the fake Argo CD.

    :param deployed: the Application is there: wait until the fake Infisical server answers and Argo CD has reported it
    """
    before = _application(cluster) if deployed else {}
    cluster.argocd.start()
    cluster.operator.start()
    if deployed:
        eventually(
            lambda: answers(cluster.infisical_url) and _is_reported(_application(cluster), before),
            "the fake Infisical server answers, and Argo CD has reported it",
        )


def _application(cluster: Cluster) -> dict[str, Any]:
    found = cluster.kubectl.get("applications.argoproj.io", APPLICATION, ARGOCD_NAMESPACE)
    assert found
    return found


def _is_reported(now: Mapping[str, Any], before: Mapping[str, Any]) -> bool:
    """Argo CD reports a start twice: when it begins, and when the server is healthy."""
    is_new = now["metadata"]["resourceVersion"] != before["metadata"]["resourceVersion"]
    return bool(is_new and now["status"]["health"]["status"] == "Healthy")


def answers(url: str) -> bool:
    """Whether the Infisical server answers."""
    try:
        return httpx2.get(f"{url}/api/status", timeout=5, verify=url.startswith("https:")).is_success
    except httpx2.TransportError:
        return False
