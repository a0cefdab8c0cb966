"""What a namespace contains that its deletion would destroy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping
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
    """A namespaced kind, and where its objects are listed."""

    name: str
    collection: str


@dataclass(frozen=True)
class Content:
    """An object of the namespace."""

    kind: str
    metadata: Metadata

    def __str__(self) -> str:
        return f"{self.kind}/{self.metadata.get('name')}"


async def contents(connection: Connection, namespace: str) -> list[str]:
    """
    The objects of a namespace that somebody made, such as `ConfigMap/settings`, from all kinds that the cluster serves.

    An object with an owner counts only if the owner is outside the namespace: it shares its owner's fate.

    :raises KubernetesError: a kind cannot be listed
    """
    slots = asyncio.Semaphore(AT_ONCE)

    async def listed(kind: Kind) -> list[Content]:
        async with slots:
            try:
                found = await connection.list_metadata(kind.collection.format(namespace))
            except ClusterRefused as error:
                # Some kinds, such as those of an aggregated API, cannot be listed.
                if error.status != 405:
                    raise
                found = None
        return [Content(kind.name, metadata) for metadata in found or []]

    kinds = await _kinds(connection)
    every = [content for found in await asyncio.gather(*map(listed, kinds)) for content in found]
    namespaced = {kind.name for kind in kinds}
    return sorted({str(content) for content in every if _counts(content, namespaced)})


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
            yield Kind(str(resource["kind"]), f"{path}/namespaces/{{}}/{name}")
