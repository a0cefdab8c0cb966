"""What a preview without changes asks the API server and Infisical: nothing about each app."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import Homelab
from tests.troubled_api_server import TroubledApiServer, troubled_api_server
from tooling.stack.pulumi import Pulumi

PROGRAM_LOGIN = "/api/v3/auth/login"
MOST_LISTS = 2
"""Of each kind: one of the delivery checks, and one of the check for existing objects."""
LIST = "/api/v4/secrets"
MOST_OF_INFISICAL = 10
"""Apart from the lists of secrets."""


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    """Its operator is stopped: from now on only the program sends requests to Infisical."""
    deployed_homelab.plane.operator.stop()
    return deployed_homelab


@pytest.fixture
def api_server(homelab: Homelab, tmp_path: Path) -> Iterator[TroubledApiServer]:
    """A proxy in front of the API server."""
    with troubled_api_server(homelab.plane.kubeconfig, tmp_path) as proxy:
        yield proxy


def test_a_preview_without_changes_lists_kinds_and_folders(homelab: Homelab, api_server: TroubledApiServer) -> None:
    fake = FakeInfisical(homelab.plane.argocd.directory)
    before = len(fake.requests())

    environment = {**homelab.workspace.environment(), "KUBECONFIG": str(api_server.kubeconfig)}
    Pulumi(homelab.workspace.bin / "pulumi", environment).run("preview", "--expect-no-changes", cwd=homelab.project)

    of_cluster = Counter((method, path.partition("?")[0]) for method, path in api_server.requests)
    of_infisical = Counter(request["path"].partition("?")[0] for request in fake.requests()[before:])
    assert {method for method, _ in of_cluster} == {"GET"}
    apps = {app["namespace"] for app in homelab.config["homelab:apps"].values()}
    assert [path for _, path in of_cluster if any(f"/namespaces/{app}/" in path for app in apps)] == []
    lists_of_cluster = {path: count for (_, path), count in of_cluster.items() if path != "/version"}
    assert {path: count for path, count in lists_of_cluster.items() if count > MOST_LISTS} == {}
    assert of_infisical[PROGRAM_LOGIN] == 1
    # Values count as current for some seconds: a check of a slow preview may list them again.
    lists = of_infisical.pop(LIST)
    assert 1 <= lists <= 1 + len(apps)
    assert of_infisical.total() <= MOST_OF_INFISICAL, of_infisical
