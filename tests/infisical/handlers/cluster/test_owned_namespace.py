"""A namespace is deleted only if the program made it and it contains nothing of others."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from infisical.api.errors import Blocked
from infisical.cluster import Cluster
from infisical.ownership.contents import Contents
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.ownership_cluster import NAMESPACES, OURS, add
from tests.infisical.stack import Declared, Stack
from tests.waiting import eventually
from tooling.kubernetes.errors import ClusterRefused

NAMESPACE = f"{NAMESPACES}/wiki"
OWNED = Declared("OwnedNamespace", "wiki", {"name": "wiki", "manager": OURS, "timeoutSeconds": 5.0})
KINDS = {"configmaps": "ConfigMap", "serviceaccounts": "ServiceAccount", "secrets": "Secret", "events": "Event"}


@pytest.fixture
def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    return stack_of(fake_infisical, cluster)


def stack_of(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    """A stack whose provider reaches only the cluster, with what Kubernetes puts into every namespace."""
    resources = [
        {"name": plural, "kind": kind, "namespaced": True, "verbs": ["get", "list", "delete"]}
        for plural, kind in KINDS.items()
    ]
    cluster.objects["/apis"] = {"groups": []}
    cluster.objects["/api/v1"] = {"resources": [*resources, {"name": "nodes", "kind": "Node", "namespaced": False}]}
    put(cluster, "ServiceAccount", "default")
    put(cluster, "ConfigMap", "kube-root-ca.crt")
    put(cluster, "Event", "wiki.created")
    stack = Stack(fake_infisical, kubeconfig=cluster.kubeconfig)
    stack.only_cluster = True
    return stack


def put(cluster: FakeCluster, kind: str, name: str, namespace: str = "wiki", **metadata: Any) -> None:
    plural = next(plural for plural, each in KINDS.items() if each == kind)
    add(cluster, f"/api/v1/{plural}", f"{namespace}/{name}", metadata=metadata)


async def make(stack: Stack, cluster: FakeCluster) -> None:
    """Run an update with the namespace, which the Kubernetes provider then creates."""
    await stack.up([OWNED])
    add(cluster, NAMESPACES, "wiki", manager=OURS)


def deleted(cluster: FakeCluster) -> list[str]:
    return [request.path for request in cluster.requests if request.method == "DELETE"]


async def test_an_empty_namespace_is_deleted_with_its_app(stack: Stack, cluster: FakeCluster) -> None:
    await make(stack, cluster)

    await stack.up([])

    assert deleted(cluster) == [NAMESPACE]
    (request,) = [request for request in cluster.requests if request.method == "DELETE"]
    assert request.body["preconditions"] == {"uid": "uid-of-wiki"}


@pytest.mark.parametrize(
    ("kind", "name", "metadata"),
    [
        ("ConfigMap", "settings", {}),
        ("Secret", "by-hand", {}),
        ("ServiceAccount", "runner", {}),
        ("Secret", "of-a-node", {"ownerReferences": [{"kind": "Node", "name": "one"}]}),
    ],
)
async def test_a_namespace_with_an_object_of_others_is_kept_and_the_output_names_it(
    stack: Stack, cluster: FakeCluster, kind: str, name: str, metadata: dict[str, Any]
) -> None:
    await make(stack, cluster)
    put(cluster, kind, name, **metadata)

    await stack.up([])

    assert deleted(cluster) == []
    (message,) = stack.log.infos
    assert f"Kept the namespace wiki, because it is not empty: {kind}/{name}." in message


async def test_an_object_that_goes_with_its_owner_does_not_count(stack: Stack, cluster: FakeCluster) -> None:
    """Such as the Secret of an ExternalSecret that was just deleted."""
    await make(stack, cluster)
    owner = {"kind": "ConfigMap", "name": "gone", "controller": True}
    put(cluster, "Secret", "wiki-secret", ownerReferences=[owner])
    put(cluster, "Secret", "default-token", annotations={"kubernetes.io/service-account.name": "default"})

    await stack.up([])

    assert deleted(cluster) == [NAMESPACE]


async def test_a_namespace_that_the_program_did_not_make_is_kept(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up([OWNED])
    add(cluster, NAMESPACES, "wiki", manager="helm")

    await stack.up([])

    assert deleted(cluster) == []
    assert stack.log.infos == ["Kept the namespace wiki (managed by helm): this program did not make it."]


async def test_a_namespace_that_is_gone_needs_nothing(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up([OWNED])

    await stack.up([])

    assert deleted(cluster) == []


async def test_the_namespace_of_others_is_refused_in_preview_and_update(stack: Stack, cluster: FakeCluster) -> None:
    add(cluster, NAMESPACES, "wiki")

    for attempt in (stack.preview, stack.up):
        with pytest.raises(Blocked, match="The namespace wiki exists"):
            await attempt([OWNED])


async def test_an_update_waits_for_the_end_of_a_namespace_that_is_being_deleted(
    stack: Stack, cluster: FakeCluster
) -> None:
    add(cluster, NAMESPACES, "wiki", metadata={"deletionTimestamp": "2026-11-22T06:00:00Z"})
    await stack.preview([OWNED])

    with pytest.raises(Blocked, match="still being deleted after 5 s"):
        await stack.up([OWNED])

    update = asyncio.create_task(stack.up([OWNED]))
    await asyncio.to_thread(eventually, lambda: stack.log.progress, "the update waits")
    del cluster.objects[NAMESPACE]
    await update
    assert stack.steps == [("create", "wiki")]


async def test_a_namespace_of_a_lost_state_is_accepted(stack: Stack, cluster: FakeCluster) -> None:
    add(cluster, NAMESPACES, "wiki", manager=OURS)

    await stack.up([OWNED])
    await stack.refresh()
    await stack.up([OWNED])

    assert stack.steps == []


async def test_a_namespace_whose_deletion_takes_too_long_is_reported(stack: Stack, cluster: FakeCluster) -> None:
    await make(stack, cluster)
    cluster.finalized.add(NAMESPACE)

    with pytest.raises(Blocked, match="still being deleted after 5 s"):
        await stack.up([])


async def test_a_namespace_that_cannot_be_searched_is_kept(stack: Stack, cluster: FakeCluster) -> None:
    await make(stack, cluster)
    cluster.refused = {"/api/v1/namespaces/wiki/secrets"}

    with pytest.raises(Exception, match="refused GET"):
        await stack.up([])

    assert deleted(cluster) == []


async def search(cluster: FakeCluster, names: list[str]) -> list[list[str] | BaseException]:
    """Search these namespaces at the same time."""
    reached, contents = Cluster(cluster.kubeconfig), Contents()
    searches = (contents.of(name, reached.connection) for name in names)
    found = await asyncio.gather(*searches, return_exceptions=True)
    await reached.close()
    return found


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize("count", [3, 12])
async def test_namespaces_that_are_deleted_together_share_the_lists(cluster: FakeCluster, count: int) -> None:
    names = [f"app-{number}" for number in range(count)]
    put(cluster, "ConfigMap", "settings", names[-1])
    put(cluster, "ConfigMap", "kube-root-ca.crt", names[0])

    assert await search(cluster, names) == [*([[]] * (count - 1)), ["ConfigMap/settings"]]

    paths = [request.path for request in cluster.requests]
    searched = {plural for plural, kind in KINDS.items() if kind != "Event"}
    own = {f"/api/v1/namespaces/app-0/{plural}" for plural in searched}
    assert sorted(paths) == sorted(["/apis", "/api/v1", *own, *(f"/api/v1/{plural}" for plural in searched)])


@pytest.mark.usefixtures("stack")
async def test_an_object_that_appears_during_a_search_is_found_by_the_next_one(cluster: FakeCluster) -> None:
    reached, contents = Cluster(cluster.kubeconfig), Contents()

    assert await contents.of("wiki", reached.connection) == []
    put(cluster, "Secret", "new")
    assert await contents.of("wiki", reached.connection) == ["Secret/new"]
    await reached.close()


@pytest.mark.usefixtures("stack")
async def test_without_the_permission_to_list_all_namespaces_each_is_searched(cluster: FakeCluster) -> None:
    cluster.refused = {"/api/v1/secrets"}
    put(cluster, "Secret", "by-hand", "app-2")

    assert await search(cluster, ["app-0", "app-1", "app-2"]) == [[], [], ["Secret/by-hand"]]


@pytest.mark.usefixtures("stack")
async def test_a_namespace_that_cannot_be_searched_does_not_hide_the_others(cluster: FakeCluster) -> None:
    cluster.refused = {"/api/v1/secrets", "/api/v1/namespaces/app-1/secrets"}

    found = await search(cluster, ["app-0", "app-1", "app-2"])

    assert isinstance(found[1], ClusterRefused)
    assert (found[0], found[2]) == ([], [])
