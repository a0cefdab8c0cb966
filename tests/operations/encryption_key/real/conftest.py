"""One deployed homelab for the whole rotations. Each test starts with the result of the previous one."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import pytest

from sandbox.cluster import Cluster
from sandbox.infisical import Settings
from sandbox.infisical.database_commands import database_commands
from sandbox.infisical.fake import FEWEST_ROUNDS
from sandbox.stack.project import homelab_config
from tests.homelab.conftest import NAMESPACES_OF_OTHERS
from tests.homelab.deployment import FROM_CONFIG, STACK, Homelab
from tests.operations.encryption_key.real.rotator import Rotator
from tooling.stack import Workspace
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter


@pytest.fixture(scope="module")
def rotator(tools: Tools, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rotator]:
    """
    A deployed homelab with every app delivered.

    One value was set by hand, and one was changed. Infisical also has an additional environment, folders, comments and
    metadata.
    """
    folder = tmp_path_factory.mktemp("homelab")
    settings = Settings(bcrypt_rounds=FEWEST_ROUNDS, control=True)
    cluster = Cluster(folder / "cluster", tools, namespaces=NAMESPACES_OF_OTHERS, settings=settings, tethered=True)
    with cluster:
        workspace = Workspace(folder / "workspace", tools, cluster.kubeconfig, stack=STACK)
        workspace.ensure(Reporter())
        config = homelab_config()
        config["homelab:infisical"] |= {
            "url": cluster.infisical_url,
            "database": {"kind": "bundled", **database_commands(cluster.argocd.infisical.data)},
        }
        config["homelab:store"] |= {"hostAPI": cluster.infisical_url}
        with contextlib.closing(Homelab(cluster, workspace, folder / "project", config)) as homelab:
            for key in FROM_CONFIG:
                homelab.set_value(key, f"canary-from-config-{key.lower()}")
            homelab.up()
            rotator = Rotator(homelab, cluster)
            rotator.fill()
            homelab.up()
            yield rotator
