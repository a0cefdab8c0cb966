"""What namespaces contain that their deletion would destroy."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from infisical.ownership.managers import Metadata
from tooling.kubernetes.errors import ClusterRefused

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection

AT_ONCE: Final = 8
"""How many lists are requested at the same time."""

_OF_KUBERNETES: Final = frozenset(
    {
        ("ServiceAccount", "default"),
        ("ConfigMap", "kube-root-ca.crt"),
        ("ConfigMap", "openshift-service-ca.crt"),
        ("ConfigMap", "istio-ca-root-cert"),
    }
)
"""What controllers put into every namespace, by kind and name."""

_RECORDS: Final = frozenset({"Event", "Endpoints", "EndpointSlice", "Lease"})
"""Kinds that only describe other objects."""

_TOKEN_OF: Final = "kubernetes.io/service-account.name"


@dataclass(frozen=True)
class Kind:
    """A namespaced kind, and where its objects are listed: with a gap for the namespace, such as `/namespaces/web`."""

    name: str
    collection: str


@dataclass(frozen=True)
class Content:
    """An object of the namespace."""

    kind: str
    metadata: Metadata

    @property
    def namespace(self) -> str:
        return str(self.metadata.get("namespace") or "")

    def __str__(self) -> str:
        return f"{self.kind}/{self.metadata.get('name')}"


class Contents:
    """
    Of the namespaces that one command deletes.

    Namespaces that wait at the same time share the lists: one of each kind, in all namespaces. No list is older than
    the request that it answers.
    """

    def __init__(self) -> None:
        self._waiting: set[str] = set()
        self._found: dict[str, list[str]] = {}
        self._kinds: list[Kind] | None = None
        self._lock = asyncio.Lock()

    async def of(self, namespace: str, connection: Connection) -> list[str]:
        """
        The objects of a namespace that somebody made, such as `ConfigMap/settings`, of all kinds that the cluster
        serves.

        An object with an owner counts only if the owner is outside the namespace: it shares its owner's fate.

        :raises KubernetesError: a kind cannot be listed
        """
        self._waiting.add(namespace)
        async with self._lock:
            if namespace in self._waiting:
                wanted, self._waiting = self._waiting, set()
                try:
                    self._found |= await self._search(wanted, connection)
                except BaseException:
                    # Each of the others searches for itself, and fails with its own error.
                    self._waiting |= wanted - {namespace}
                    raise
            return self._found.pop(namespace)

    async def _search(self, namespaces: Collection[str], connection: Connection) -> dict[str, list[str]]:
        if self._kinds is None:
            self._kinds = await _kinds(connection)
        slots = asyncio.Semaphore(AT_ONCE)
        lists = (_listed(kind, namespaces, connection, slots) for kind in self._kinds)
        every = [content for found in await asyncio.gather(*lists) for content in found]
        namespaced = {kind.name for kind in self._kinds}
        found: dict[str, set[str]] = {namespace: set() for namespace in namespaces}
        for content in every:
            if content.namespace in found and _counts(content, namespaced):
                found[content.namespace].add(str(content))
        return {namespace: sorted(names) for namespace, names in found.items()}


async def _listed(
    kind: Kind, namespaces: Collection[str], connection: Connection, slots: asyncio.Semaphore
) -> list[Content]:
    """A kind's objects in these namespaces, and maybe in others."""
    if len(namespaces) > 1:
        try:
            return await _list(kind, "", connection, slots)
        except ClusterRefused as error:
            if error.status != 403:
                raise
    lists = (_list(kind, namespace, connection, slots) for namespace in namespaces)
    return [content for found in await asyncio.gather(*lists) for content in found]


async def _list(kind: Kind, namespace: str, connection: Connection, slots: asyncio.Semaphore) -> list[Content]:
    """:param namespace: empty for all"""
    path = kind.collection.format(f"/namespaces/{namespace}" if namespace else "")
    async with slots:
        try:
            found = await connection.list_metadata(path)
        except ClusterRefused as error:
            # Some kinds, such as those of an aggregated API, cannot be listed.
            if error.status != 405:
                raise
            found = None
    return [Content(kind.name, metadata) for metadata in found or []]


def _counts(content: Content, namespaced: set[str]) -> bool:
    metadata = content.metadata
    if (content.kind, metadata.get("name")) in _OF_KUBERNETES:
        return False
    if (metadata.get("annotations") or {}).get(_TOKEN_OF) == "default":
        return False
    owners = metadata.get("ownerReferences") or []
    return not owners or any(owner.get("kind") not in namespaced for owner in owners)


async def _kinds(connection: Connection) -> list[Kind]:
    """Every namespaced kind whose objects can be listed and deleted."""
    groups = ((await connection.get("/apis")) or {}).get("groups") or []
    paths = ["/api/v1", *(f"/apis/{group['preferredVersion']['groupVersion']}" for group in groups)]
    served = await asyncio.gather(*(connection.get(path) for path in paths))
    return [kind for path, resources in zip(paths, served, strict=True) for kind in _listable(path, resources or {})]


def _listable(path: str, served: Mapping[str, Any]) -> Iterator[Kind]:
    for resource in served.get("resources") or []:
        name = str(resource["name"])
        if (
            resource.get("namespaced")
            and "/" not in name
            and resource["kind"] not in _RECORDS
            and {"list", "delete"} <= set(resource.get("verbs") or [])
        ):
            yield Kind(str(resource["kind"]), f"{path}{{}}/{name}")
