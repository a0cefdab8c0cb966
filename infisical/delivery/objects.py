"""The objects that a delivery consists of in the cluster: the ExternalSecret, its store, and the Secret."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import Any, Final

from infisical.api.http.clock import Clock
from infisical.cluster import Cluster
from infisical.contents.expected import ExpectedSecret
from infisical.delivery.listed import CLUSTER_STORES, DELIVERED_SECRETS, EXTERNAL_SECRETS, Listed
from infisical.delivery.operator import ExternalSecret, Store, external_secret_of, external_secret_path
from infisical.delivery.stores import Read, Stores

READY_SECONDS: Final = 5.0
"""How long a store that was Ready counts as Ready."""

LISTED_SECONDS: Final = 60.0
"""How old a list may be for a check that does not wait: the time of many checks, since they share it."""


class Objects:
    """
    Of all delivery checks of a process.

    A check that waits reads each object by itself: only a few checks wait at the same time, and a list of all objects
    would be larger. The other checks share one list of each kind.
    """

    def __init__(self, cluster: Cluster, clock: Clock) -> None:
        self._cluster = cluster
        self._clock = clock
        self._external_secrets = Listed(EXTERNAL_SECRETS, clock)
        self._secrets = Listed(DELIVERED_SECRETS, clock)
        self._cluster_stores = Listed(CLUSTER_STORES, clock)
        self._stores = Stores(clock)

    @property
    def server(self) -> str:
        return self._cluster.connection.server

    async def external_secret(self, expected: ExpectedSecret, *, waiting: bool) -> ExternalSecret | None:
        path = external_secret_path(expected.namespace, expected.name)
        found = await self._reader(self._external_secrets, waiting)(path)
        return None if found is None else external_secret_of(found)

    async def store(self, found: ExternalSecret, namespace: str, *, waiting: bool) -> Store:
        shared = found.store_kind == "ClusterSecretStore"
        read = self._reader(self._cluster_stores, waiting) if shared else self._cluster.connection.get
        return await self._stores.of(found, namespace, read, self._clock.now() - READY_SECONDS)

    async def secret(self, expected: ExpectedSecret, *, waiting: bool) -> Mapping[str, Any] | None:
        path = DELIVERED_SECRETS.path(expected.namespace, expected.secret_name)
        return await self._reader(self._secrets, waiting)(path)

    def _reader(self, listed: Listed, waiting: bool) -> Read:
        connection = self._cluster.connection
        if waiting:
            return connection.get
        oldest = self._clock.now() - LISTED_SECONDS
        return functools.partial(listed.find, connection=connection, oldest=oldest)
