"""What all suites share: the tool chain, and one fresh control plane per session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.controlplane import ControlPlane, ensure_foreign, foreign_namespaces
from sandbox.stack import Workspace
from sandbox.toolchain import Tools, ensure_tools
from sandbox.toolchain.progress import Reporter

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
    ensure_foreign(control_plane, tools.crds, foreign_namespaces(CHECKOUT / "Pulumi.homelab.yaml"))
    return control_plane


@pytest.fixture
def workspace(cluster: ControlPlane, tools: Tools, tmp_path: Path) -> Workspace:
    """A fresh Pulumi workspace on the cluster: home with plugins, backend, passphrase; `.run(…, cwd=project)`."""
    workspace = Workspace(tmp_path / "workspace", tools, cluster.kubeconfig)
    workspace.ensure(Reporter())
    return workspace
