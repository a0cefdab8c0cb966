"""
The whole program on a real Kubernetes API under the real engine: one fresh control plane for each file of tests.

Where the operator and Infisical are not what a test is about, they do not run: Infisical is then the owner's to set up.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane, ensure_prerequisites
from sandbox.infisical import Settings
from sandbox.infisical.fake import FEWEST_ROUNDS
from sandbox.stack.project import homelab_config, set_up_by_hand
from tests.homelab.deployment import STACK, Homelab
from tooling.stack import Workspace
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

OTHER_URL, OTHER_EMAIL, OTHER_PASSWORD = (f"HOMELAB_INFISICAL_{part}" for part in ("URL", "EMAIL", "PASSWORD"))
"""Another Infisical to run the whole against: a server that is set up and holds no project `homelab`."""

NAMESPACES_OF_OTHERS = ("argocd", "external-secrets", "authentik", "monitoring", "openclaw")


@pytest.fixture(scope="module")
def bare_homelab(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Homelab]]:
    """Makes homelabs on control planes of their own; nothing is deployed yet."""
    planes: list[ControlPlane] = []

    def make(namespaces_of_others: tuple[str, ...] = NAMESPACES_OF_OTHERS) -> Homelab:
        folder = tmp_path_factory.mktemp("homelab")
        plane = ControlPlane(folder / "plane", tools.binaries, tethered=True)
        planes.append(plane)
        plane.start()
        ensure_prerequisites(plane, tools.crds, namespaces_of_others)
        workspace = Workspace(folder / "workspace", tools, plane.kubeconfig, stack=STACK)
        workspace.ensure(Reporter())
        return Homelab(plane, workspace, folder / "project", set_up_by_hand(homelab_config()))

    yield make
    for plane in reversed(planes):
        plane.remove()


@pytest.fixture(scope="module")
def whole_homelab(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Homelab]:
    """
    A homelab with the real operator and a stand-in for Infisical; nothing is deployed and no secret is set yet.

    With HOMELAB_INFISICAL_URL in the environment, that server takes the stand-in's place.
    """
    folder = tmp_path_factory.mktemp("homelab")
    settings = Settings(bcrypt_rounds=FEWEST_ROUNDS, control=True)
    cluster = Cluster(folder / "cluster", tools, namespaces=NAMESPACES_OF_OTHERS, settings=settings, tethered=True)
    with cluster:
        workspace = Workspace(folder / "workspace", tools, cluster.kubeconfig, stack=STACK)
        workspace.ensure(Reporter())
        config = homelab_config()
        url = os.environ.get(OTHER_URL, cluster.infisical_url)
        config["homelab:infisical"] |= {"url": url}
        config["homelab:store"] |= {"hostAPI": url}
        homelab = Homelab(cluster, workspace, folder / "project", config)
        if OTHER_URL in os.environ:
            config["homelab:infisical"] |= {"adminEmail": os.environ[OTHER_EMAIL]}
            homelab.declare()
            homelab.set_secret("infisicalAdminPassword", os.environ[OTHER_PASSWORD])
        yield homelab


@pytest.fixture(scope="module")
def homelab(bare_homelab: Callable[..., Homelab]) -> Homelab:
    """The homelab as `Pulumi.homelab.yaml` declares it, with the secrets that a running one has, deployed."""
    homelab = bare_homelab()
    homelab.set_credentials()
    homelab.up()
    return homelab
