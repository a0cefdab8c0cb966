"""
The function `existing`: which of the objects that a program will write already exist, and who manages them.

It sends one request for the metadata of each kind, for any number of objects. It reads a whole object only if the
program did not make it. It returns the names of keys and never values.
"""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Collection, Mapping
from typing import Any, Final

from infisical.cluster import Cluster
from infisical.ownership.managers import Metadata, controller, is_managed_by, managers, tool
from infisical.ownership.specs import other_fields
from infisical.package import token
from infisical.properties import Properties
from tooling.kubernetes.errors import ClusterRefused, KubernetesError

FUNCTION: Final = token("existing")
DOC: Final = (
    "Finds Secrets, ExternalSecrets, namespaces and AppProjects that exist already, and who manages them. Returns the "
    "names of keys and never values. What does not exist is not listed."
)
_STRING: Final = {"type": "string"}
_STRINGS: Final = {"type": "array", "items": _STRING}
ARGUMENTS: Final[dict[str, Any]] = {
    "manager": _STRING | {"description": "the field manager that marks what the program made"},
    "secrets": _STRINGS | {"description": "Secrets, each `namespace/name`"},
    "externalSecrets": _STRINGS | {"description": "ExternalSecrets, each `namespace/name`"},
    "namespaces": _STRINGS | {"description": "names of namespaces"},
    "projects": _STRINGS | {"description": "Argo CD's AppProjects, each `namespace/name`"},
    "literals": {
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": _STRING},
        "description": "by Secret, the values that are not secret, to compare with the Secret's",
    },
}
RESULTS: Final[dict[str, Any]] = {
    "objects": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
        "description": "what exists, without what the program made",
    },
    "missingProjects": _STRINGS | {"description": "the AppProjects that do not exist"},
    "unreachable": _STRING | {"description": "why the cluster could not be read; empty if it was read"},
}

_SECRETS: Final = "/api/v1{}/secrets"
_EXTERNAL_SECRETS: Final = "/apis/external-secrets.io/v1{}/externalsecrets"
_NAMESPACES: Final = "/api/v1{}/namespaces"
_PROJECTS: Final = "/apis/argoproj.io/v1alpha1{}/appprojects"

Found = Mapping[str, Metadata]
"""Metadata by `namespace/name`, or by name."""


async def find_existing(cluster: Cluster, asked: Properties) -> dict[str, Any]:
    """What exists of the objects that `ARGUMENTS` describes, as `RESULTS` describes it."""
    try:
        lookup = _Lookup(cluster, asked)
        objects, (projects, missing) = await asyncio.gather(lookup.objects(), lookup.projects())
    except KubernetesError as error:
        return {"objects": [], "missingProjects": [], "unreachable": str(error)}
    return {"objects": [*objects, *projects], "missingProjects": missing, "unreachable": ""}


class _Lookup:
    def __init__(self, cluster: Cluster, asked: Properties) -> None:
        self._connection = cluster.connection
        self._asked = asked
        self._manager = asked.string("manager")
        literals = asked.get("literals")
        self._literals: Mapping[str, Mapping[str, str]] = literals if isinstance(literals, dict) else {}

    async def objects(self) -> list[dict[str, Any]]:
        external, secrets, namespaces = await asyncio.gather(
            self._metadata(
                _EXTERNAL_SECRETS, [*self._asked.strings("externalSecrets"), *self._asked.strings("secrets")]
            ),
            self._metadata(_SECRETS, self._asked.strings("secrets")),
            self._metadata(_NAMESPACES, self._asked.strings("namespaces")),
        )
        external, secrets, namespaces = external or {}, secrets or {}, namespaces or {}
        wanted = set(self._asked.strings("externalSecrets"))
        foreign_external = {
            place: found for place, found in external.items() if place in wanted and not self._is_ours(found)
        }
        foreign_secrets = {
            place: found for place, found in secrets.items() if not await self._delivers(place, found, external)
        }
        described = await asyncio.gather(
            *(self._external_secret(place, found) for place, found in sorted(foreign_external.items())),
            *(self._secret(place, found) for place, found in sorted(foreign_secrets.items())),
        )
        return [
            *(each for each in described if each),
            *(_described("Namespace", found) for _, found in sorted(namespaces.items()) if not self._is_ours(found)),
        ]

    async def projects(self) -> tuple[list[dict[str, Any]], list[str]]:
        """The AppProjects that others made, and those that do not exist."""
        asked = self._asked.strings("projects")
        found = await self._metadata(_PROJECTS, asked) or {}
        foreign = [_described("AppProject", each) for each in found.values() if not self._is_ours(each)]
        return foreign, [place for place in asked if place not in found]

    async def _metadata(self, collection: str, places: Collection[str]) -> Found | None:
        """The metadata of those of the objects that exist; None if the API server does not know their kind."""
        places = list(dict.fromkeys(places))
        if not places:
            return {}
        try:
            listed = await self._connection.list_metadata(collection.format(""))
        except ClusterRefused as error:
            if error.status != 403:
                raise
            # A user with few rights may still read single objects.
            single = await asyncio.gather(*(self._connection.get(_path(collection, place)) for place in places))
            listed = [found.get("metadata") or {} for found in single if found]
        if listed is None:
            return None
        by_place = {_place(found): found for found in listed}
        return {place: by_place[place] for place in places if place in by_place}

    def _is_ours(self, metadata: Metadata) -> bool:
        return is_managed_by(metadata, self._manager)

    async def _delivers(self, place: str, secret: Metadata, external: Found) -> bool:
        """
        Whether the program made the Secret, itself or by its ExternalSecret.

        So is a Secret whose ExternalSecret was deleted: Kubernetes deletes it.
        """
        if self._is_ours(secret):
            return True
        owner = controller(secret)
        if owner is None or owner.get("kind") != "ExternalSecret":
            return False
        namespace, _, name = place.partition("/")
        if owner.get("name") == name and place in external:
            return self._is_ours(external[place])
        served = await self._connection.get(_EXTERNAL_SECRETS.format(f"/namespaces/{namespace}"), {"limit": "1"})
        if served is None:
            return False
        return await self._connection.get(_path(_EXTERNAL_SECRETS, f"{namespace}/{owner.get('name')}")) is None

    async def _external_secret(self, place: str, metadata: Metadata) -> dict[str, Any] | None:
        found = await self._connection.get(_path(_EXTERNAL_SECRETS, place))
        if found is None:
            return None
        return _described("ExternalSecret", metadata) | {"otherFields": other_fields(found.get("spec") or {})}

    async def _secret(self, place: str, metadata: Metadata) -> dict[str, Any] | None:
        found = await self._connection.get(_path(_SECRETS, place))
        if found is None:
            return None
        data: Mapping[str, str] = found.get("data") or {}
        differing = [
            key
            for key, text in self._literals.get(place, {}).items()
            if key in data and data[key] != base64.b64encode(text.encode()).decode()
        ]
        more = {
            "keys": sorted(data),
            "immutable": found.get("immutable") is True,
            "differingLiterals": sorted(differing),
        }
        return _described("Secret", metadata) | more


def _described(kind: str, metadata: Metadata) -> dict[str, Any]:
    owner = controller(metadata)
    return {
        "kind": kind,
        "namespace": str(metadata.get("namespace") or ""),
        "name": str(metadata.get("name") or ""),
        "managers": managers(metadata),
        "tool": tool(metadata),
        "owner": f"{owner.get('kind')} {owner.get('name')}" if owner else "",
    }


def _place(metadata: Metadata) -> str:
    return "/".join(filter(None, (metadata.get("namespace"), metadata.get("name"))))


def _path(collection: str, place: str) -> str:
    namespace, _, name = place.rpartition("/")
    return f"{collection.format(f'/namespaces/{namespace}' if namespace else '')}/{name}"
