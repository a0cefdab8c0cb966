"""
The whole program on a real Kubernetes API under the real engine.

The tests of one process share one cluster and one stack. Each file starts from a snapshot: nothing is deployed, or a
homelab that was deployed once. Tests that do not need the operator and Infisical run without them: the owner then sets
Infisical up by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sandbox.cluster import Cluster
from sandbox.controlplane import ensure_prerequisites
from sandbox.stack.project import homelab_config, set_up_by_hand
from tests.clusters import Pool
from tests.homelab.deployment import STACK, Homelab, Saved
from tests.homelab.snapshots import Snapshot, Snapshots, start
from tests.homelab.workloads import install
from tests.waiting import PATIENCE_SECONDS
from tests.warm import Warm
from tooling.toolchain import Tools

OTHER_URL, OTHER_EMAIL, OTHER_PASSWORD = (f"HOMELAB_INFISICAL_{part}" for part in ("URL", "EMAIL", "PASSWORD"))
"""Another Infisical server to test against. It has an admin and no project `homelab`."""

NAMESPACES_OF_OTHERS = ("argocd", "external-secrets", "authentik", "monitoring", "openclaw")


@dataclass(frozen=True)
class Kept:
    """A cluster and the stack that was deployed to it."""

    snapshot: Snapshot
    stack: Saved


class Shared:
    """The cluster and the homelab that all tests of a process share."""

    def __init__(self, cluster: Cluster, homelab: Homelab, folder: Path) -> None:
        self._cluster = cluster
        self._homelab = homelab
        self._folder = folder
        self._snapshots = Snapshots(cluster, folder)
        self._kept: dict[str, Kept] = {}
        self._keep("empty")

    def close(self) -> None:
        """Leave the cluster as it was, and running."""
        self._restore("empty")
        start(self._cluster, deployed=False)
        self._snapshots.close()
        self._homelab.close()

    def empty(self, config: dict[str, Any], *, operated: bool = False) -> Homelab:
        """
        A homelab with nothing deployed.

        :param operated: the operator and the fake Argo CD run
        """
        self._restore("empty")
        if operated:
            start(self._cluster, deployed=False)
        self._homelab.config = config
        self._homelab.declare()
        return self._homelab

    def deployed(self, name: str, deploy: Callable[[], Homelab]) -> Homelab:
        """A homelab that is deployed on the first call and restored on later ones; the operator does not run."""
        if name not in self._kept:
            deploy()
            self._keep(name)
        return self._restore(name)

    def _keep(self, name: str) -> None:
        stack = self._homelab.save(self._folder / f"backend-{name}")
        self._kept[name] = Kept(self._snapshots.take(), stack)

    def _restore(self, name: str) -> Homelab:
        self._snapshots.restore(self._kept[name].snapshot)
        self._homelab.load(self._kept[name].stack)
        return self._homelab


@pytest.fixture(scope="package")
def shared(
    tools: Tools, clusters: Pool[Cluster], warm: Warm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Shared]:
    """A cluster with the real operator and with fakes of Argo CD, Infisical and a node, and a stack."""
    folder = tmp_path_factory.mktemp("homelab")
    with clusters.lease() as cluster:
        ensure_prerequisites(cluster.plane, tools.crds, NAMESPACES_OF_OTHERS)
        workspace = warm.workspace(folder / "workspace", tools, cluster.kubeconfig, STACK)
        warm.prepare(folder / "project")
        snapshots = folder / "snapshots"
        snapshots.mkdir()
        shared = Shared(cluster, Homelab(cluster, workspace, folder / "project", {}), snapshots)
        yield shared
        shared.close()


def by_hand() -> dict[str, Any]:
    """The declaration of `Pulumi.homelab.yaml`, for an owner who sets Infisical up by hand."""
    return set_up_by_hand(homelab_config())


@pytest.fixture
def bare_homelab(shared: Shared) -> Homelab:
    """A homelab for one test, with nothing deployed, and without the operator and Infisical."""
    return shared.empty(by_hand())


@pytest.fixture(scope="module")
def bare_homelab_of_this_file(shared: Shared) -> Homelab:
    """A homelab for all tests of a file, with nothing deployed, and without the operator and Infisical."""
    return shared.empty(by_hand())


@pytest.fixture(scope="module")
def homelab(shared: Shared) -> Homelab:
    """The homelab as `Pulumi.homelab.yaml` declares it, deployed, with the credentials of a running homelab."""

    def deploy() -> Homelab:
        homelab = shared.empty(by_hand())
        homelab.set_credentials()
        homelab.up()
        return homelab

    return shared.deployed("by hand", deploy)


@pytest.fixture(scope="module")
def whole_homelab(shared: Shared) -> Homelab:
    """
    A homelab with the real operator and the fake Infisical server; nothing is deployed and no secret is set yet.

    If HOMELAB_INFISICAL_URL is set, the tests use that server instead of the fake one.
    """
    return _managed(shared)


@pytest.fixture(scope="module")
def deployed_homelab(shared: Shared) -> Homelab:
    """
    A deployed homelab with the real operator and the fake Infisical server: authentik, grafana and openclaw.

    Grafana has a value of each kind, and a pod that started with them.
    """

    def deploy() -> Homelab:
        homelab = _managed(shared)
        apps = homelab.config["homelab:apps"]
        apps["grafana"]["keys"]["GRAFANA_OAUTH_CLIENT_SECRET"]["source"] = "config"
        signing_key = {"source": "generate", "kind": "hex", "size": 16, "immutable": True}
        apps["grafana"]["keys"]["GRAFANA_SIGNING_KEY"] = signing_key
        apps["grafana"]["restarts"] = ["deployment/grafana"]
        token = {"source": "generate", "kind": "hex", "size": 16}
        apps["openclaw"] = {"namespace": "openclaw", "keys": {"OPENCLAW_TOKEN": token}}
        homelab.config["homelab:infisical"] |= {"deliverySeconds": int(PATIENCE_SECONDS)}
        homelab.config["homelab:rotateEveryDays"] = 100
        homelab.set_secret("argocdOidcClientSecret", "canary-first-oidc-secret")
        homelab.set_value("GRAFANA_OAUTH_CLIENT_SECRET", "canary-first-oauth-secret")
        homelab.up()
        for name in ("grafana", "loki"):
            install(homelab, "monitoring", name, "grafana-secret")
        return homelab

    homelab = shared.deployed("managed", deploy)
    start(homelab.plane, deployed=True)
    return homelab


def _managed(shared: Shared) -> Homelab:
    config = homelab_config()
    homelab = shared.empty(config, operated=True)
    url = os.environ.get(OTHER_URL, homelab.plane.infisical_url)
    config["homelab:infisical"] |= {"url": url}
    config["homelab:store"] |= {"hostAPI": url}
    if OTHER_URL in os.environ:
        config["homelab:infisical"] |= {"adminEmail": os.environ[OTHER_EMAIL]}
        homelab.credentials["infisicalAdminPassword"] = os.environ[OTHER_PASSWORD]
    homelab.declare()
    return homelab
