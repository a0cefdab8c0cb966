"""What all suites share: the tool chain, and one fresh control plane per session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane, ensure_prerequisites, prerequisite_namespaces
from sandbox.infisical import FakeInfisical, Settings
from sandbox.infisical.fake import FEWEST_ROUNDS
from tooling.stack import Workspace
from tooling.toolchain import Tools, ensure_tools
from tooling.toolchain.progress import Reporter

CHECKOUT = Path(__file__).parent.parent


@pytest.fixture(scope="session")
def tools() -> Tools:
    """Every program of the tool chain: found, or built on the first use (minutes, once)."""
    return ensure_tools(ours=[CHECKOUT / ".sandbox"])


@pytest.fixture(scope="session")
def control_plane(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ControlPlane]:
    """A fresh control plane with nothing on it; its processes end with this one, however it ends."""
    directory = tmp_path_factory.mktemp("control-plane") / "plane"
    with ControlPlane(directory, tools.binaries, tethered=True) as plane:
        yield plane


@pytest.fixture(scope="session")
def cluster(control_plane: ControlPlane, tools: Tools) -> ControlPlane:
    """The control plane with what others put on a homelab's cluster: `.kubeconfig`, `.kubectl`."""
    ensure_prerequisites(control_plane, tools.crds, prerequisite_namespaces(CHECKOUT / "Pulumi.homelab.yaml"))
    return control_plane


@pytest.fixture(scope="module")
def operated_cluster(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    """
    A fresh cluster with the real operator and the stand-in for Argo CD at work: `.kubeconfig`, `.kubectl`;
    `.infisical_url` is where Infisical's stand-in answers once the Application and its Secrets ask for it.
    """
    namespaces = prerequisite_namespaces(CHECKOUT / "Pulumi.homelab.yaml")
    settings = Settings(bcrypt_rounds=FEWEST_ROUNDS, control=True)
    directory = tmp_path_factory.mktemp("operated") / "cluster"
    with Cluster(directory, tools, namespaces=namespaces, settings=settings, tethered=True) as cluster:
        yield cluster


@pytest.fixture
def steered_infisical(operated_cluster: Cluster) -> Iterator[FakeInfisical]:
    """Steers the stand-in that the cluster has started: `.order(…)` faults, `.advance(…)` time, `.requests()`."""
    standin = FakeInfisical(operated_cluster.argocd.directory)
    yield standin
    if standin.server.running:
        standin.clear_faults()


@pytest.fixture
def workspace(cluster: ControlPlane, tools: Tools, tmp_path: Path) -> Workspace:
    """A fresh Pulumi workspace on the cluster: home with plugins, backend, passphrase; `.run(…, cwd=project)`."""
    workspace = Workspace(tmp_path / "workspace", tools, cluster.kubeconfig)
    workspace.ensure(Reporter())
    return workspace
