"""One observation of an app's delivery: the operator's objects, the Secret, and Infisical's values."""

from __future__ import annotations

import asyncio
import base64
import binascii
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from infisical.api.errors import InfisicalError, Unreachable
from infisical.api.folders import Location
from infisical.api.served_values import ServedValues
from infisical.contents.expected import ExpectedSecret
from infisical.contents.forms import Delivered, delivered
from infisical.delivery.hashes import ValueHash, ValueHasher
from infisical.delivery.objects import Objects
from infisical.delivery.operator import ExternalSecret, Stamp, Store
from infisical.failures import is_passing
from tooling.kubernetes.errors import ClusterUnreachable

T = TypeVar("T")


@dataclass(frozen=True)
class Observation:
    """
    What was found. `external_secret` is None if it does not exist.

    `held` has the hash of each key of the Secret; it is None if the Secret does not exist. `wanted` has the hash of
    each expected key, None if Infisical has no such secret. It is empty if `unread` says why Infisical was not read.
    `unfit` says, by key, why the operator cannot deliver a value. `opaque` are composed keys that are not compared.
    """

    external_secret: ExternalSecret | None = None
    store: Store | None = None
    held: Mapping[str, ValueHash] | None = None
    wanted: Mapping[str, ValueHash | None] = field(default_factory=dict)
    unread: InfisicalError | None = None
    unfit: Mapping[str, str] = field(default_factory=dict)
    opaque: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Bounds:
    """
    :param oldest: how old Infisical's values, as it serves them, may be, as a time
    :param longest: the time limit of each of the two services, in seconds
    :param stored: Infisical's values as this process knows them suffice
    :param waiting: the cluster's objects as they are now, instead of lists that all checks share
    :param previous: the last observation of the same wait
    :param since: the stamp of a sync that is too old to count
    """

    oldest: float
    longest: float
    stored: bool = True
    waiting: bool = False
    previous: Observation | None = None
    since: Stamp | None = None


async def observe(
    expected: ExpectedSecret,
    objects: Objects,
    served: ServedValues,
    hasher: ValueHasher,
    bounds: Bounds,
) -> Observation:
    """
    Read everything once.

    :raises KubernetesError: the cluster does not answer, or refuses
    :raises InfisicalError: Infisical refuses, and will refuse again
    """
    observation = await _within(bounds.longest, _read_cluster(expected, objects, hasher, bounds))
    if isinstance(observation, TimeoutError):
        message = (
            f"The Kubernetes API at {objects.server} did not answer within {bounds.longest:.2g} s. Check it with "
            "`kubectl get --raw /readyz`, then run the command again."
        )
        raise ClusterUnreachable(message, passing=True)
    if observation.external_secret is None:
        return observation
    found = observation.external_secret, observation.store, observation.held
    try:
        wanted = await _within(bounds.longest, _read_infisical(expected, served, bounds))
    except InfisicalError as error:
        if not is_passing(error):
            raise
        return Observation(*found, unread=error)
    if isinstance(wanted, TimeoutError):
        message = (
            f"Infisical at {served.url} did not answer within {bounds.longest:.2g} s. Check it with `curl -sS "
            f"{served.url}/api/status`, then run the command again."
        )
        return Observation(*found, unread=Unreachable(message, executed=False))
    hashes = {key: None if value is None else hasher.hash(value) for key, value in wanted.values.items()}
    return Observation(*found, hashes, unfit=wanted.unfit, opaque=frozenset(wanted.opaque))


async def _read_cluster(expected: ExpectedSecret, objects: Objects, hasher: ValueHasher, bounds: Bounds) -> Observation:
    external_secret = await objects.external_secret(expected, waiting=bounds.waiting)
    if external_secret is None:
        return Observation()
    named = external_secret.store_name
    store = await objects.store(external_secret, expected.namespace, waiting=bounds.waiting) if named else None
    previous = bounds.previous
    if previous and previous.external_secret == external_secret and external_secret.stamp == bounds.since:
        # The operator has done nothing since.
        return Observation(external_secret, store, previous.held)
    return Observation(
        external_secret, store, held_keys(await objects.secret(expected, waiting=bounds.waiting), hasher)
    )


async def _read_infisical(expected: ExpectedSecret, served: ServedValues, bounds: Bounds) -> Delivered:
    folders: dict[Location, Mapping[str, str]] = {}
    for location in sorted(expected.locations, key=str):
        if bounds.stored and location not in expected.whole_folders:
            names = {source.name for source in expected.sources.values() if source.location == location}
            folders[location] = await served.some(location, names, bounds.oldest)
        else:
            folders[location] = await served.at(location, bounds.oldest)
    served_values = {source: folders[source.location].get(source.name) for source in expected.sources.values()}
    return delivered(expected, served_values, {location: folders[location] for location in expected.whole_folders})


async def _within(seconds: float, work: Awaitable[T]) -> T | TimeoutError:
    try:
        async with asyncio.timeout(seconds):
            return await work
    except TimeoutError as error:
        return error


def held_keys(secret: Mapping[str, Any] | None, hasher: ValueHasher) -> dict[str, ValueHash] | None:
    """The hash of each key of a Secret; None if it does not exist."""
    if secret is None:
        return None
    return {key: hasher.hash(_decoded(value)) for key, value in (secret.get("data") or {}).items()}


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text)
    except binascii.Error:
        return b""
