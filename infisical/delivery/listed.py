"""The objects of one kind in all namespaces, listed once for all delivery checks of about the same time."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from infisical.api.http.clock import Clock
from infisical.delivery.operator import API
from tooling.kubernetes.errors import ClusterRefused

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection

FORBIDDEN: Final = 403


@dataclass(frozen=True)
class Kind:
    """
    :param group: the path of its API group and version
    :param selector: of the labels of the objects that are listed
    """

    group: str
    plural: str
    selector: str = ""

    def path(self, namespace: str, name: str) -> str:
        return f"{self.group}/{f'namespaces/{namespace}/' if namespace else ''}{self.plural}/{name}"


EXTERNAL_SECRETS: Final = Kind(API, "externalsecrets")
CLUSTER_STORES: Final = Kind(API, "clustersecretstores")
# Without the label, the list would contain every Secret of the cluster, such as Helm's releases.
DELIVERED_SECRETS: Final = Kind("/api/v1", "secrets", "reconcile.external-secrets.io/managed=true")


class Listed:
    """
    An object that a list lacks is read by itself: it may be new, or have no such label.

    So is every object if the kubeconfig's user may not list them in all namespaces.
    """

    def __init__(self, kind: Kind, clock: Clock) -> None:
        self._kind = kind
        self._clock = clock
        self._found: dict[str, dict[str, Any]] = {}
        self._listed_at: float | None = None
        self._may_list = True
        self._lock = asyncio.Lock()

    async def find(self, path: str, connection: Connection, oldest: float) -> dict[str, Any] | None:
        """
        The object as it was at `oldest` by the clock, or later. None if it does not exist.

        :raises KubernetesError: the cluster does not answer, or refuses
        """
        async with self._lock:
            if self._may_list and (self._listed_at is None or self._listed_at < oldest):
                await self._list(connection)
        return self._found.get(path) or await connection.get(path)

    async def _list(self, connection: Connection) -> None:
        began = self._clock.now()
        try:
            found = await connection.list_all(f"{self._kind.group}/{self._kind.plural}", self._kind.selector)
        except ClusterRefused as error:
            if error.status != FORBIDDEN:
                raise
            self._may_list, self._found = False, {}
            return
        self._listed_at, self._found = began, {self._path_of(each): each for each in found}

    def _path_of(self, found: dict[str, Any]) -> str:
        metadata = found["metadata"]
        return self._kind.path(str(metadata.get("namespace") or ""), str(metadata["name"]))
