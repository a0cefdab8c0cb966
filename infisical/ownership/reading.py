"""The metadata of many objects: one request for each kind, for any number of objects."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING, Final

from infisical.ownership.managers import Metadata
from tooling.kubernetes.errors import ClusterRefused

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection, Object

EXTERNAL_SECRET, SECRET, NAMESPACE, PROJECT = "ExternalSecret", "Secret", "Namespace", "AppProject"

COLLECTIONS: Final = {
    SECRET: "/api/v1{}/secrets",
    NAMESPACE: "/api/v1{}/namespaces",
    EXTERNAL_SECRET: "/apis/external-secrets.io/v1{}/externalsecrets",
    "ClusterSecretStore": "/apis/external-secrets.io/v1{}/clustersecretstores",
    PROJECT: "/apis/argoproj.io/v1alpha1{}/appprojects",
    "Application": "/apis/argoproj.io/v1alpha1{}/applications",
}
"""Where the objects of a kind are, with a gap for the namespace."""

Found = Mapping[str, Metadata]
"""Metadata by `namespace/name`, or by name."""


async def read_metadata(connection: Connection, places: Mapping[str, Iterable[str]]) -> dict[str, Found]:
    """The metadata of those of the objects that exist, by kind. Empty for a kind that the API server does not know."""
    kinds = [*places]
    found = await asyncio.gather(*(_of_kind(connection, kind, list(dict.fromkeys(places[kind]))) for kind in kinds))
    return dict(zip(kinds, found, strict=True))


async def _of_kind(connection: Connection, kind: str, places: Collection[str]) -> Found:
    if not places:
        return {}
    try:
        listed = await connection.list_metadata(COLLECTIONS[kind].format(""))
    except ClusterRefused as error:
        if error.status != 403:
            raise
        # A user with few rights may still read single objects.
        single = await asyncio.gather(*(read(connection, kind, place) for place in places))
        listed = [found.get("metadata") or {} for found in single if found]
    by_place = {_place(found): found for found in listed or []}
    return {place: by_place[place] for place in places if place in by_place}


async def read(connection: Connection, kind: str, place: str) -> Object | None:
    """The whole object, or None if it does not exist."""
    return await connection.get(path(kind, place))


def path(kind: str, place: str) -> str:
    namespace, _, name = place.rpartition("/")
    return f"{COLLECTIONS[kind].format(f'/namespaces/{namespace}' if namespace else '')}/{name}"


def _place(metadata: Metadata) -> str:
    return "/".join(filter(None, (metadata.get("namespace"), metadata.get("name"))))
