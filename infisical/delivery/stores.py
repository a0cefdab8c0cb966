"""The stores of the ExternalSecrets, each read once for all deliveries at about the same time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from infisical.api.http.clock import Clock
from infisical.delivery.operator import ExternalSecret, Store, store_of, store_path
from tooling.kubernetes.errors import KubernetesError

Read = Callable[[str], Awaitable[dict[str, Any] | None]]
"""Reads an object by its path."""


class Stores:
    """Keeps the stores that are Ready. A check that waits for its store reads it each time."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, tuple[float, Store]] = {}
        self._locks: dict[str, asyncio.Lock] = {}

    async def of(self, external_secret: ExternalSecret, namespace: str, read: Read, oldest: float) -> Store:
        """
        The store of an ExternalSecret, as it was at `oldest` by the clock, or later.

        :raises KubernetesError: the cluster does not answer, or refuses
        """
        kind, name = external_secret.store_kind, external_secret.store_name
        path = store_path(namespace, kind, name)
        async with self._locks.setdefault(path, asyncio.Lock()):
            known = self._known.pop(path, None)
            if not (known and known[0] >= oldest):
                known = self._clock.now(), store_of(kind, name, path, await read(path))
            if known[1].ready.good:
                self._known[path] = known
            return known[1]


async def lost_logins(store: Store | None, read: Read) -> list[str]:
    """The Secrets with the store's credentials that do not exist, if it cannot log in; those that can be read."""
    if store is None or not store.refused_the_login:
        return []
    lost: list[str] = []
    for namespace, name in sorted(store.logins):
        with suppress(KubernetesError):
            if await read(f"/api/v1/namespaces/{namespace}/secrets/{name}") is None:
                lost.append(f"{namespace}/{name}")
    return lost
