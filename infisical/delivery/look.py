"""One look at an app's delivery: the operator's objects, the Secret, and Infisical's values."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from infisical.api.errors import InfisicalError, Refused, Unreachable
from infisical.api.served_values import ServedValues
from infisical.delivery.confidential import Confidential, Mark
from infisical.delivery.declaration import Declaration
from infisical.delivery.operator import (
    ExternalSecret,
    Store,
    external_secret_of,
    external_secret_path,
    store_of,
    store_path,
)
from tooling.kubernetes.errors import ClusterRefused, ClusterUnreachable

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection

T = TypeVar("T")


@dataclass(frozen=True)
class Look:
    """
    What was seen. `external_secret` is None where there is none.

    `held` is a mark for each key that the Secret has, None where there is no Secret. `wanted` is one for each key that
    should be there, None where Infisical has no such secret; it is empty where `unread` says why Infisical could not
    be asked.
    """

    external_secret: ExternalSecret | None = None
    store: Store | None = None
    held: Mapping[str, Mark] | None = None
    wanted: Mapping[str, Mark | None] = field(default_factory=dict)
    unread: InfisicalError | None = None


@dataclass(frozen=True)
class Bounds:
    """`oldest` is the moment from which on Infisical's values are fresh; `longest` the seconds for each of the two."""

    oldest: float
    longest: float


async def look(
    declared: Declaration, connection: Connection, served: ServedValues, confidential: Confidential, bounds: Bounds
) -> Look:
    """
    Look once.

    :raises ClusterUnreachable: the cluster does not answer
    :raises InfisicalError: the cluster or Infisical says no, and will the next time
    """
    seen = await _within(bounds.longest, _look_at_cluster(declared, connection, confidential))
    if isinstance(seen, TimeoutError):
        message = (
            f"the Kubernetes API at {connection.server} gave no answer within {bounds.longest:.2g} s. See whether "
            "`kubectl get --raw /readyz` answers, then run the command again."
        )
        raise ClusterUnreachable(message, passing=True)
    if seen.external_secret is None:
        return seen
    try:
        wanted = await _within(bounds.longest, _look_at_infisical(declared, served, confidential, bounds.oldest))
    except InfisicalError as error:
        if not is_passing(error):
            raise
        return Look(seen.external_secret, seen.store, seen.held, unread=error)
    if isinstance(wanted, TimeoutError):
        message = f"Infisical at {served.url} gave no answer within {bounds.longest:.2g} s"
        return Look(seen.external_secret, seen.store, seen.held, unread=Unreachable(message, executed=False))
    return Look(seen.external_secret, seen.store, seen.held, wanted)


def is_passing(error: InfisicalError) -> bool:
    """Whether the same question may be answered a little later."""
    if isinstance(error, Refused | ClusterRefused):
        return error.status >= 500 or error.status == 429
    return isinstance(error, Unreachable) or (isinstance(error, ClusterUnreachable) and error.passing)


async def _look_at_cluster(declared: Declaration, connection: Connection, confidential: Confidential) -> Look:
    found = await connection.get(external_secret_path(declared.namespace, declared.name))
    if found is None:
        return Look()
    external_secret = external_secret_of(found)
    kind, name = external_secret.store_kind, external_secret.store_name
    path = store_path(declared.namespace, kind, name)
    store = store_of(kind, name, path, await connection.get(path))
    secret = await connection.get(f"/api/v1/namespaces/{declared.namespace}/secrets/{declared.secret_name}")
    return Look(external_secret, store, _held(secret, confidential))


async def _look_at_infisical(
    declared: Declaration, served: ServedValues, confidential: Confidential, oldest: float
) -> dict[str, Mark | None]:
    folders = {place: await served.at(place, oldest) for place in sorted(declared.places, key=str)}
    wanted: dict[str, Mark | None] = {key: confidential.mark(text.encode()) for key, text in declared.literals.items()}
    for key, source in declared.sources.items():
        value = folders[source.place].get(source.name)
        wanted[key] = None if value is None else confidential.mark(value.encode())
    return wanted


async def _within(seconds: float, work: Awaitable[T]) -> T | TimeoutError:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        return error


def _held(secret: Mapping[str, Any] | None, confidential: Confidential) -> dict[str, Mark] | None:
    if secret is None:
        return None
    return {key: confidential.mark(_decoded(value)) for key, value in (secret.get("data") or {}).items()}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
