"""What keeps the operator from reaching Infisical: the Service that the store names, or a NetworkPolicy."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from operations.doctor.reading.way import obstacles, service_of
from tests.infisical.fake_cluster import FakeCluster
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.kubeconfig import find_access

URL = "http://infisical.tools.svc.cluster.local:8080"
HOME = "namespaces/tools"
SERVICE = f"/api/v1/{HOME}/services/infisical"
SLICES = f"/apis/discovery.k8s.io/v1/{HOME}/endpointslices"
POLICIES = f"/apis/networking.k8s.io/v1/{HOME}/networkpolicies"


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    """A Service with one ready pod, and no NetworkPolicy."""
    with FakeCluster() as cluster:
        cluster.objects[SERVICE] = {"metadata": {}, "spec": {"ports": [{"port": 8080}]}}
        cluster.objects[SLICES] = {"items": [{"endpoints": [{"conditions": {"ready": True}}]}]}
        cluster.objects[POLICIES] = {"items": []}
        yield cluster


async def found(cluster: FakeCluster, url: str = URL) -> tuple[str, ...]:
    connection = Connection(find_access(cluster.kubeconfig))
    try:
        return tuple(each.what for each in await obstacles(connection, url))
    finally:
        await connection.close()


async def test_a_working_service_is_no_obstacle(cluster: FakeCluster) -> None:
    assert await found(cluster) == ()


async def test_a_missing_service(cluster: FakeCluster) -> None:
    del cluster.objects[SERVICE]

    assert await found(cluster) == ("Service tools/infisical does not exist",)


async def test_a_service_without_the_port(cluster: FakeCluster) -> None:
    assert await found(cluster, URL.replace("8080", "9090")) == (
        "Service tools/infisical has no port 9090; it has 8080",
    )


@pytest.mark.parametrize("endpoints", [[], [{"conditions": {"ready": False}}]])
async def test_a_service_without_a_ready_pod(cluster: FakeCluster, endpoints: list[Any]) -> None:
    cluster.objects[SLICES] = {"items": [{"endpoints": endpoints}]}

    assert await found(cluster) == ("Service tools/infisical has no ready endpoint",)


def policy(name: str, ingress: list[Any] | None = None, **spec: Any) -> dict[str, Any]:
    rules = {} if ingress is None else {"ingress": ingress}
    return {"metadata": {"name": name}, "spec": {"podSelector": {}, "policyTypes": ["Ingress"], **rules, **spec}}


BLOCKED = "NetworkPolicy tools/deny-all lets no connection of the namespace external-secrets in"
OF_OPERATOR = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "external-secrets"}}}
OF_OTHERS = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "web"}}}


@pytest.mark.parametrize("ingress", [None, [], [{"from": [{"podSelector": {}}]}], [{"from": [OF_OTHERS]}]])
async def test_a_network_policy_that_does_not_let_the_operator_in(
    cluster: FakeCluster, ingress: list[Any] | None
) -> None:
    egress = policy("egress", policyTypes=["Egress"])
    cluster.objects[POLICIES] = {"items": [policy("deny-all", ingress), egress]}

    assert await found(cluster) == (BLOCKED,)


@pytest.mark.parametrize(
    "ingress", [[{}], [{"from": [{"namespaceSelector": {}}]}], [{"from": [OF_OTHERS, OF_OPERATOR]}]]
)
async def test_one_policy_that_lets_the_operator_in_is_enough(cluster: FakeCluster, ingress: list[Any]) -> None:
    cluster.objects[POLICIES] = {"items": [policy("deny-all"), policy("allow", ingress)]}

    assert await found(cluster) == ()


async def test_a_network_policy_for_different_pods(cluster: FakeCluster) -> None:
    cluster.objects[SERVICE]["spec"]["selector"] = {"app": "infisical"}
    cluster.objects[POLICIES] = {"items": [policy("deny-all", podSelector={"matchLabels": {"app": "redis"}})]}

    assert await found(cluster) == ()


async def test_what_the_user_may_not_read_is_no_obstacle(cluster: FakeCluster) -> None:
    cluster.refused |= {SERVICE, SLICES, POLICIES}

    assert await found(cluster) == ()


async def test_an_address_outside_the_cluster_has_no_service(cluster: FakeCluster) -> None:
    assert service_of("https://infisical.example.net") is None
    assert await found(cluster, "https://infisical.example.net") == ()
