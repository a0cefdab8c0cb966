"""
The API server's path for the objects of a kind: one request for each API version, once per process.

A missing kind is requested again, one request at a time: its definition may have been installed meanwhile.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from plugins.kubernetes.cluster.errors import ApiError, KindUnknown
from plugins.kubernetes.objects.kinds import Kind

if TYPE_CHECKING:
    from plugins.kubernetes.cluster.connection import Connection


@dataclass(frozen=True)
class Resource:
    """The API's resource for a kind (`/apis/apps/v1`, `deployments`)."""

    root: str
    plural: str
    namespaced: bool

    def collection(self, namespace: str) -> str:
        """The path of its objects in a namespace, or of all its objects."""
        place = f"/namespaces/{quote(namespace, safe='')}" if self.namespaced and namespace else ""
        return f"{self.root}{place}/{self.plural}"

    def item(self, namespace: str, name: str) -> str:
        """The path of one object."""
        return f"{self.collection(namespace)}/{quote(name, safe='')}"


class Discovery:
    """What one API server serves."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._versions: dict[str, dict[str, Resource]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def resource(self, kind: Kind) -> Resource:
        """
        The resource for a kind.

        :raises KindUnknown: the API server does not serve it
        """
        known = self._versions.get(kind.api_version)
        if known is None or kind.name not in known:
            async with self._locks.setdefault(kind.api_version, asyncio.Lock()):
                if self._versions.get(kind.api_version) is known:
                    self._versions[kind.api_version] = await self._read(kind.api_version)
            known = self._versions[kind.api_version]
        if kind.name not in known:
            raise KindUnknown(kind)
        return known[kind.name]

    async def _read(self, api_version: str) -> dict[str, Resource]:
        root = f"/apis/{api_version}" if "/" in api_version else f"/api/{api_version}"
        try:
            listed = await self._connection.request("GET", root)
        except ApiError as error:
            if error.not_found:
                return {}
            raise
        return {
            entry["kind"]: Resource(root, entry["name"], entry["namespaced"])
            for entry in listed.get("resources", [])
            if "/" not in entry["name"]
        }
