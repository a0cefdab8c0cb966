"""The function `existing` names the namespaces that are still being deleted, and waits for them if asked."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from infisical.cluster import Cluster
from infisical.ownership.lookup import find_existing
from infisical.properties import Properties
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.ownership_cluster import EXTERNAL_SECRETS, NAMESPACES, OURS, SECRETS, add
from tests.waiting import eventually

PLACE = "web/web-secret"
ENDING = {"deletionTimestamp": "2026-11-22T06:00:00Z"}
PATIENT = 600.0


async def _answer(cluster: FakeCluster, **asked: Any) -> dict[str, Any]:
    connection = Cluster(cluster.kubeconfig)
    places = {"secrets": [PLACE], "externalSecrets": [PLACE]}
    given = {"manager": OURS, **places, "namespaces": ["web"], **asked}
    try:
        return await find_existing(connection, Properties(given))
    finally:
        await connection.close()


def _end(cluster: FakeCluster, name: str = "web", **metadata: Any) -> None:
    add(cluster, NAMESPACES, name, metadata={**ENDING, **metadata})


def _polls(cluster: FakeCluster) -> int:
    return sum(request.path == NAMESPACES for request in cluster.requests)


@pytest.mark.parametrize("manager", [OURS, "kubectl-create"])
async def test_without_a_wait_it_is_named_and_what_is_in_it_is_not_listed(cluster: FakeCluster, manager: str) -> None:
    add(cluster, NAMESPACES, "web", manager=manager, metadata=ENDING)
    add(cluster, SECRETS, PLACE, data={})
    add(cluster, EXTERNAL_SECRETS, PLACE, spec={})

    answer = await _answer(cluster)

    assert answer["endingNamespaces"] == ["web"]
    assert answer["objects"] == []


async def test_a_namespace_that_is_only_declared_counts(cluster: FakeCluster) -> None:
    _end(cluster, "infisical")
    declared = [{"kind": "Namespace", "name": "infisical", "fields": "{}"}]

    assert (await _answer(cluster, declared=declared))["endingNamespaces"] == ["infisical"]


async def test_the_namespace_of_no_app_does_not_count(cluster: FakeCluster) -> None:
    _end(cluster, "other")

    assert (await _answer(cluster, waitSeconds=PATIENT))["endingNamespaces"] == []


async def test_the_answer_waits_until_it_is_gone(cluster: FakeCluster) -> None:
    _end(cluster)
    add(cluster, SECRETS, PLACE, data={})
    asking = asyncio.create_task(_answer(cluster, waitSeconds=PATIENT))
    await asyncio.to_thread(eventually, lambda: _polls(cluster) > 1, "the namespaces are listed again")
    assert not asking.done()

    del cluster.objects["/api/v1/namespaces/web/secrets/web-secret"]
    cluster.objects[NAMESPACES]["items"].clear()

    answer = await asking
    assert (answer["endingNamespaces"], answer["objects"]) == ([], [])


async def test_the_wait_has_a_limit(cluster: FakeCluster) -> None:
    _end(cluster)

    assert (await _answer(cluster, waitSeconds=0.2))["endingNamespaces"] == ["web"]
