"""The owner's stores and generators that a program needs: those that do not exist."""

from __future__ import annotations

from infisical.cluster import Cluster
from infisical.ownership.lookup import find_existing
from infisical.properties import Properties
from tests.infisical.fake_cluster import FakeCluster

API, GENERATORS = "external-secrets.io/v1", "generators.external-secrets.io/v1alpha1"
NEEDED = [
    {"api_version": API, "kind": "ClusterSecretStore", "namespace": "", "name": "vault"},
    {"api_version": API, "kind": "SecretStore", "namespace": "web", "name": "kubernetes"},
    {"api_version": GENERATORS, "kind": "ECRAuthorizationToken", "namespace": "web", "name": "registry"},
]
PATHS = [
    f"/apis/{API}/clustersecretstores/vault",
    f"/apis/{API}/namespaces/web/secretstores/kubernetes",
    f"/apis/{GENERATORS}/namespaces/web/ecrauthorizationtokens/registry",
]


async def _missing(cluster: FakeCluster) -> list[str]:
    connection = Cluster(cluster.kubeconfig)
    try:
        answer = await find_existing(connection, Properties({"manager": "us", "needed": NEEDED}))
    finally:
        await connection.close()
    assert answer["unreachable"] == ""
    missing: list[str] = answer["missingObjects"]
    return missing


async def test_what_does_not_exist_is_named_by_kind_and_place(cluster: FakeCluster) -> None:
    assert await _missing(cluster) == [
        "ClusterSecretStore vault",
        "SecretStore web/kubernetes",
        "ECRAuthorizationToken web/registry",
    ]


async def test_what_exists_is_not_missing(cluster: FakeCluster) -> None:
    for path in PATHS:
        cluster.objects[path] = {"metadata": {"name": path.rpartition("/")[2]}}

    assert await _missing(cluster) == []


async def test_what_the_user_may_not_read_counts_as_existing(cluster: FakeCluster) -> None:
    cluster.refused.update(PATHS)

    assert await _missing(cluster) == []
