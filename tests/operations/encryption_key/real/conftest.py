"""One deployed homelab for the whole rotations. Each test starts with the result of the previous one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.cluster import Cluster
from sandbox.controlplane import ensure_prerequisites
from sandbox.stack.project import homelab_config
from tests.clusters import Pool
from tests.homelab.conftest import NAMESPACES_OF_OTHERS
from tests.homelab.deployment import FROM_CONFIG, STACK, Homelab
from tests.operations.encryption_key.real.rotator import Rotator
from tests.warm import Warm
from tooling.toolchain import Tools


@pytest.fixture(scope="module")
def rotator(
    tools: Tools, clusters: Pool[Cluster], warm: Warm, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Rotator]:
    """
    A deployed homelab with every app delivered. kubectl sets its database aside in the database's pod, as in a cluster.

    One value was set by hand, and one was changed. Infisical also has an additional environment, folders, comments and
    metadata.
    """
    folder = tmp_path_factory.mktemp("homelab")
    with clusters.lease() as cluster:
        ensure_prerequisites(cluster.plane, tools.crds, NAMESPACES_OF_OTHERS)
        workspace = warm.workspace(folder / "workspace", tools, cluster.kubeconfig, STACK)
        warm.prepare(folder / "project")
        config = homelab_config()
        config["homelab:infisical"] |= {"url": cluster.infisical_url}
        config["homelab:store"] |= {"hostAPI": cluster.infisical_url}
        with contextlib.closing(Homelab(cluster, workspace, folder / "project", config)) as homelab:
            for key in FROM_CONFIG:
                homelab.set_value(key, f"canary-from-config-{key.lower()}")
            homelab.up()
            rotator = Rotator(homelab, cluster)
            rotator.fill()
            homelab.up()
            yield rotator
