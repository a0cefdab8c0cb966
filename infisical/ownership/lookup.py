"""
The function `existing`: which of the objects that a program will write already exist, and who manages them.

It sends one request for the metadata of each kind, for any number of objects. It reads a whole object only if the
program did not make it, or if others have set fields of it. It returns the names of keys and fields, and never values.
"""

from __future__ import annotations

import asyncio
import base64
import json
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from math import ceil
from typing import Any, Final

from infisical.cluster import Cluster
from infisical.ownership.description import NOTHING
from infisical.ownership.fields import changed, claims, release
from infisical.ownership.installed_fields import missing_fields
from infisical.ownership.managers import (
    Metadata,
    controller,
    is_managed_by,
    is_written_by_operator,
    managers,
    tool,
)
from infisical.ownership.needed import missing_of
from infisical.ownership.reading import (
    COLLECTIONS,
    EXTERNAL_SECRET,
    NAMESPACE,
    PROJECT,
    SECRET,
    Found,
    read,
    read_metadata,
)
from infisical.ownership.specs import delivers, other_fields
from infisical.properties import Properties
from tooling.kubernetes.errors import KubernetesError

POLL_SECONDS: Final = 0.5
_MANAGER_OF_PATCHES: Final = "pulumi-kubernetes"
"""What the field managers of Pulumi's patches start with."""


async def find_existing(cluster: Cluster, asked: Properties) -> dict[str, Any]:
    """What exists of the objects that `ARGUMENTS` describes, as `RESULTS` describes it."""
    try:
        return await _Lookup(cluster, asked).answer()
    except KubernetesError as error:
        return {**NOTHING, "unreachable": str(error)}


def _ending(found: Mapping[str, Found]) -> list[str]:
    """The namespaces that are being deleted."""
    return sorted(name for name, metadata in found[NAMESPACE].items() if metadata.get("deletionTimestamp"))


def _without(ending: Collection[str], found: Mapping[str, Found]) -> dict[str, Found]:
    """What remains when these namespaces are gone."""
    return {
        kind: {
            place: each
            for place, each in objects.items()
            if (place if kind == NAMESPACE else place.partition("/")[0]) not in ending
        }
        for kind, objects in found.items()
    }


class _Lookup:
    def __init__(self, cluster: Cluster, asked: Properties) -> None:
        self._connection = cluster.connection
        self._asked = asked
        self._manager = asked.string("manager")
        literals = asked.get("literals")
        self._literals: Mapping[str, Mapping[str, str]] = literals if isinstance(literals, dict) else {}
        writers = asked.get("writers")
        self._writers: Mapping[str, str] = writers if isinstance(writers, dict) else {}
        takeovers = asked.get("takeovers")
        self._takeovers: Mapping[str, str] = takeovers if isinstance(takeovers, dict) else {}
        self._declared: list[dict[str, Any]] = asked.get("declared") or []

    async def answer(self) -> dict[str, Any]:
        secrets, projects = self._asked.strings("secrets"), self._asked.strings("projects")
        places: dict[str, list[str]] = defaultdict(list)
        places[SECRET] += secrets
        places[EXTERNAL_SECRET] += [*self._asked.strings("externalSecrets"), *secrets]
        places[NAMESPACE] += self._asked.strings("namespaces")
        places[PROJECT] += projects
        for each in self._declared:
            places[each["kind"]].append(_declared_place(each))
        found, ending = await self._settled(places)
        objects, changed_objects, lacking, missing_objects = await asyncio.gather(
            self._objects(found),
            self._changed(found),
            missing_fields(self._connection, self._asked.strings("operatorFields")),
            missing_of(self._connection, self._asked.get("needed") or []),
        )
        others = [found[PROJECT][place] for place in projects if place in found[PROJECT]]
        return {
            **NOTHING,
            "objects": [*objects, *(_described(PROJECT, each) for each in others if not self._is_ours(each))],
            "missingProjects": [place for place in projects if place not in found[PROJECT]],
            "missingFields": lacking,
            "missingObjects": missing_objects,
            "ofOtherStacks": list(self._of_other_stacks(found)),
            "changed": changed_objects,
            "endingNamespaces": ending,
        }

    async def _settled(self, places: Mapping[str, list[str]]) -> tuple[dict[str, Found], list[str]]:
        """
        What exists once no namespace is being deleted any more, or after the time that may be waited for it.

        Then also the namespaces that still are. What is in them does not count.
        """
        found = await read_metadata(self._connection, places)
        if _ending(found) and (longest := self._asked.number("waitSeconds", 0.0)):
            await self._wait_for_namespaces(places[NAMESPACE], longest)
            # Only a list that is read after a namespace is gone lacks everything that was in it.
            found = await read_metadata(self._connection, places)
        ending = _ending(found)
        return _without(ending, found), ending

    async def _wait_for_namespaces(self, names: list[str], longest: float) -> None:
        for _ in range(ceil(longest / POLL_SECONDS)):
            if not _ending(await read_metadata(self._connection, {NAMESPACE: names})):
                return
            await asyncio.sleep(POLL_SECONDS)

    def _of_other_stacks(self, found: Mapping[str, Found]) -> Iterator[dict[str, str]]:
        stack, annotation = self._asked.string("stack"), self._asked.string("annotation")
        for declared in self._declared if stack else ():
            kind, place = str(declared["kind"]), _declared_place(declared)
            metadata = found[kind].get(place) or {}
            other = str((metadata.get("annotations") or {}).get(annotation) or "")
            if other and other != stack and self._is_ours(metadata):
                yield {"kind": kind, "place": place, "stack": other}

    async def _objects(self, found: Mapping[str, Found]) -> list[dict[str, Any]]:
        external = found[EXTERNAL_SECRET]
        wanted = set(self._asked.strings("externalSecrets"))
        other_external = {
            place: metadata for place, metadata in external.items() if place in wanted and not self._is_ours(metadata)
        }
        other_secrets = {
            place: metadata
            for place in dict.fromkeys(self._asked.strings("secrets"))
            if (metadata := found[SECRET].get(place)) and not await self._delivers(place, metadata, external)
        }
        other_namespaces = {
            name: metadata
            for name in self._asked.strings("namespaces")
            if (metadata := found[NAMESPACE].get(name)) and not self._is_ours(metadata)
        }
        described = await asyncio.gather(
            *(self._external_secret(place, metadata) for place, metadata in sorted(other_external.items())),
            *(self._secret(place, metadata) for place, metadata in sorted(other_secrets.items())),
        )
        return [
            *(each for each in described if each),
            *(_described(NAMESPACE, metadata) for _, metadata in sorted(other_namespaces.items())),
        ]

    async def _changed(self, found: Mapping[str, Found]) -> list[dict[str, Any]]:
        """The declared objects with fields that others changed."""
        compared = await asyncio.gather(
            *(
                self._compared(each, metadata)
                for each in self._declared
                if (metadata := found[each["kind"]].get(_declared_place(each)))
            )
        )
        return [each for each in compared if each]

    async def _compared(self, declared: Mapping[str, Any], metadata: Metadata) -> dict[str, Any] | None:
        kind, place, patch = str(declared["kind"]), _declared_place(declared), declared.get("patch") is True
        made = self._is_ours(metadata)
        if kind in (SECRET, EXTERNAL_SECRET) and not (made or patch):
            # It is adopted or refused as a whole.
            return None

        def is_ours(manager: str) -> bool:
            return manager == self._manager or (patch and manager.startswith(_MANAGER_OF_PATCHES))

        fields = json.loads(declared["fields"])
        claimed = claims(metadata, fields, is_ours)
        live = await read(self._connection, kind, place) if claimed else None
        if live is None or not (theirs := changed(claimed, metadata, live, fields, is_ours)):
            return None
        return {
            "kind": kind,
            "namespace": str(declared.get("namespace") or ""),
            "name": declared["name"],
            "made": made or patch,
            "fields": [{"path": claim.shown, "manager": claim.manager} for claim in theirs],
            "release": release(theirs),
        }

    def _is_ours(self, metadata: Metadata) -> bool:
        return is_managed_by(metadata, self._manager)

    async def _delivers(self, place: str, secret: Metadata, external: Found) -> bool:
        """
        Whether the program made the Secret, itself or by its ExternalSecret.

        So is a Secret whose ExternalSecret was deleted: Kubernetes deletes it.
        """
        if self._is_ours(secret):
            return True
        owner, writer = controller(secret), self._writers.get(place, place)
        if owner is None and writer in external and self._is_ours(external[writer]):
            # With the creation policies Orphan and Merge, the operator writes a Secret that it does not own.
            return is_written_by_operator(secret)
        if owner is None or owner.get("kind") != EXTERNAL_SECRET:
            return False
        namespace = place.partition("/")[0]
        if f"{namespace}/{owner.get('name')}" == writer and writer in external:
            return self._is_ours(external[writer])
        collection = COLLECTIONS[EXTERNAL_SECRET].format(f"/namespaces/{namespace}")
        if await self._connection.get(collection, {"limit": "1"}) is None:
            return False
        return await read(self._connection, EXTERNAL_SECRET, f"{namespace}/{owner.get('name')}") is None

    async def _external_secret(self, place: str, metadata: Metadata) -> dict[str, Any] | None:
        found = await read(self._connection, EXTERNAL_SECRET, place)
        if found is None:
            return None
        ours = json.loads(self._takeovers.get(place, "{}"))
        more = {"otherFields": other_fields(found.get("spec") or {}, ours), "delivers": delivers(found)}
        return _described(EXTERNAL_SECRET, metadata) | more

    async def _secret(self, place: str, metadata: Metadata) -> dict[str, Any] | None:
        found = await read(self._connection, SECRET, place)
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
        return _described(SECRET, metadata) | more


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


def _declared_place(declared: Mapping[str, Any]) -> str:
    return "/".join(filter(None, (declared.get("namespace"), declared["name"])))
