"""Questions to the API server. What a user may not read, or what fails, becomes a reason."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Iterable, Mapping
from typing import Final, TypeVar

from operations.doctor.facts import Object, Unread
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.errors import ClusterRefused, KubernetesError

T = TypeVar("T")
AT_ONCE: Final = 16
"""Requests for single objects at the same time."""
FORBIDDEN: Final = 403


async def object_at(connection: Connection, path: str) -> Object | Unread | None:
    """The object; None if it does not exist."""
    plural, name = path.split("/")[-2:]
    return await _asked(connection.get(path), "get", f"{plural} {name}{_place(path)}")


async def listed(connection: Connection, collection: str, selector: str = "") -> list[Object] | Unread:
    """Every object of a collection; none if the API server does not serve it."""
    plural = collection.rpartition("/")[2]
    where = _place(collection) or " in all namespaces"
    found = await _asked(connection.list_all(collection, selector), "list", f"{plural}{where}")
    return found if isinstance(found, Unread) else [*found]


async def log_of(connection: Connection, place: str, container: str, query: Mapping[str, str]) -> str | Unread:
    """
    What a container wrote; empty if it does not exist any more.

    :param place: of its pod
    """
    namespace, _, name = place.partition("/")
    path = f"/api/v1/namespaces/{namespace}/pods/{name}/log"
    found = await _asked(connection.text(path, {**query, "container": container}), "get", f"pods/log in {namespace}")
    return found or ""


async def gathered(requests: Iterable[Awaitable[T]]) -> list[T]:
    """The answers in order, of a few requests at a time."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def in_turn(request: Awaitable[T]) -> T:
        async with turn:
            return await request

    return await asyncio.gather(*map(in_turn, requests))


async def _asked(request: Awaitable[T], verb: str, what: str) -> T | Unread:
    try:
        return await request
    except ClusterRefused as error:
        if error.status != FORBIDDEN:
            return Unread.because(error)
        return Unread(f"your user may not {verb} {what}; grant the verb {verb} on it")
    except KubernetesError as error:
        return Unread.because(error)


def _place(path: str) -> str:
    parts = path.split("/")
    return f" in {parts[parts.index('namespaces') + 1]}" if "namespaces" in parts else ""
