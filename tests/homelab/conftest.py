"""
The whole program on a real Kubernetes API under the real engine.

Tests that do not need the operator and Infisical run without them: the owner then sets Infisical up by hand.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane, ensure_prerequisites
from sandbox.infisical import Settings
from sandbox.infisical.fake import FEWEST_ROUNDS
from sandbox.stack.project import homelab_config, set_up_by_hand
from tests.homelab.clusters import Pool, empty_cluster, empty_plane
from tests.homelab.deployment import STACK, Homelab
from tooling.stack import Workspace
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

OTHER_URL, OTHER_EMAIL, OTHER_PASSWORD = (f"HOMELAB_INFISICAL_{part}" for part in ("URL", "EMAIL", "PASSWORD"))
"""Another Infisical server to test against. It has an admin and no project `homelab`."""

NAMESPACES_OF_OTHERS = ("argocd", "external-secrets", "authentik", "monitoring", "openclaw")


@pytest.fixture(scope="package")
def planes(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool[ControlPlane]]:
    """Control planes without the operator."""

    def start() -> ControlPlane:
        plane = ControlPlane(tmp_path_factory.mktemp("plane") / "plane", tools.binaries, tethered=True)
        plane.start()
        return plane

    pool = Pool(start, empty_plane)
    yield pool
    pool.remove()


@pytest.fixture(scope="package")
def clusters(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pool[Cluster]]:
    """Clusters with the real operator and with fakes of Argo CD, Infisical and a node."""

    def start() -> Cluster:
        settings = Settings(bcrypt_rounds=FEWEST_ROUNDS, control=True)
        cluster = Cluster(tmp_path_factory.mktemp("cluster") / "cluster", tools, settings=settings, tethered=True)
        cluster.start()
        return cluster

    pool = Pool(start, empty_cluster)
    yield pool
    pool.remove()


class BareHomelabs:
    """Creates homelabs with nothing deployed, each on an empty control plane."""

    def __init__(self, planes: Pool[ControlPlane], tools: Tools, folders: pytest.TempPathFactory) -> None:
        self._planes = planes
        self._tools = tools
        self._folders = folders
        self._leases = ExitStack()

    def __call__(self, namespaces_of_others: tuple[str, ...] = NAMESPACES_OF_OTHERS) -> Homelab:
        plane = self._leases.enter_context(self._planes.lease())
        ensure_prerequisites(plane, self._tools.crds, namespaces_of_others)
        return create_homelab(plane, self._tools, self._folders, set_up_by_hand(homelab_config()))

    def close(self) -> None:
        """Return the control planes."""
        self._leases.close()


def create_homelab(
    plane: ControlPlane | Cluster, tools: Tools, folders: pytest.TempPathFactory, config: dict[str, Any]
) -> Homelab:
    folder = folders.mktemp("homelab")
    workspace = Workspace(folder / "workspace", tools, plane.kubeconfig, stack=STACK)
    workspace.ensure(Reporter())
    return Homelab(plane, workspace, folder / "project", config)


@pytest.fixture
def bare_homelab(
    planes: Pool[ControlPlane], tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Homelab]]:
    """Creates homelabs for one test; nothing is deployed yet."""
    homelabs = BareHomelabs(planes, tools, tmp_path_factory)
    yield homelabs
    homelabs.close()


@pytest.fixture(scope="module")
def bare_homelab_of_this_file(
    planes: Pool[ControlPlane], tools: Tools, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Homelab]]:
    """Creates homelabs for all tests of a file; nothing is deployed yet."""
    homelabs = BareHomelabs(planes, tools, tmp_path_factory)
    yield homelabs
    homelabs.close()


@pytest.fixture(scope="module")
def whole_homelab(clusters: Pool[Cluster], tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homelab]:
    """
    A homelab with the real operator and the fake Infisical server; nothing is deployed and no secret is set yet.

    If HOMELAB_INFISICAL_URL is set, the tests use that server instead of the fake one.
    """
    with clusters.lease() as cluster:
        ensure_prerequisites(cluster.plane, tools.crds, NAMESPACES_OF_OTHERS)
        config = homelab_config()
        url = os.environ.get(OTHER_URL, cluster.infisical_url)
        config["homelab:infisical"] |= {"url": url}
        config["homelab:store"] |= {"hostAPI": url}
        if OTHER_URL in os.environ:
            config["homelab:infisical"] |= {"adminEmail": os.environ[OTHER_EMAIL]}
        homelab = create_homelab(cluster, tools, tmp_path_factory, config)
        if OTHER_URL in os.environ:
            homelab.set_secret("infisicalAdminPassword", os.environ[OTHER_PASSWORD])
        yield homelab


@pytest.fixture(scope="module")
def homelab(bare_homelab_of_this_file: Callable[..., Homelab]) -> Homelab:
    """The homelab as `Pulumi.homelab.yaml` declares it, deployed, with the credentials of a running homelab."""
    homelab = bare_homelab_of_this_file()
    homelab.set_credentials()
    homelab.up()
    return homelab
