"""Writes: creation by POST, patches and updates by server-side apply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.cluster.errors import ApiError, KindUnknown
from plugins.kubernetes.cluster.ownership import is_creators, take_over, with_ignored_fields
from plugins.kubernetes.objects.kubernetes_object import PATCH_FORCE, KubernetesObject
from plugins.kubernetes.progress import Progress

CREATE_RETRIES = 5
"""The namespace or the definition of the kind may be created at the same time."""


async def create(cluster: Cluster, inputs: KubernetesObject, *, dry_run: bool, progress: Progress) -> KubernetesObject:
    """Create an object, which must not exist yet."""

    async def write() -> KubernetesObject:
        return await cluster.create(inputs, dry_run=dry_run)

    return await _with_retries(write, dry_run=dry_run, progress=progress)


async def apply(
    cluster: Cluster, inputs: KubernetesObject, manager: str, *, force: bool, dry_run: bool, progress: Progress
) -> KubernetesObject:
    """Own the fields of the inputs in an object, which may exist already."""

    async def write() -> KubernetesObject:
        return await cluster.apply(inputs, manager, force=force, dry_run=dry_run)

    return await _with_retries(write, dry_run=dry_run, progress=progress)


async def _with_retries(
    write: Callable[[], Awaitable[KubernetesObject]], *, dry_run: bool, progress: Progress
) -> KubernetesObject:
    """Retry for half a minute while the namespace or the kind is missing; a preview does not retry."""
    for attempt in range(CREATE_RETRIES + 1):
        try:
            return await write()
        except (ApiError, KindUnknown) as error:
            missing = isinstance(error, KindUnknown) or error.not_found
            if dry_run or not missing or attempt == CREATE_RETRIES:
                raise
            await progress.show(f"Retry #{attempt}; creation failed: {error.message}")
            await asyncio.sleep(2**attempt)
    raise AssertionError


async def update(
    cluster: Cluster,
    inputs: KubernetesObject,
    old: KubernetesObject,
    manager: str,
    *,
    is_patch: bool,
    force: bool,
    dry_run: bool,
    ignored: Iterable[str] = (),
) -> KubernetesObject:
    """
    Apply the inputs to the live object.

    :param old: the object as the state has it
    :raises ApiError: also if the object is gone
    """
    live = await cluster.get(inputs.kind, old.namespace or inputs.namespace, old.name)
    # A dry run cannot take the fields over first: it forces instead.
    force = force or (dry_run and is_creators(live))
    owned = live if dry_run or is_patch else await take_over(cluster, live, manager)
    applied = with_ignored_fields(inputs, owned, manager, ignored)
    if not applied.name:
        applied = applied.with_metadata(name=live.name)
    return await cluster.apply(applied, manager, force=force, dry_run=dry_run)


def forces(inputs: KubernetesObject, *, configured: bool) -> bool:
    """Whether to take fields from other owners instead of reporting a conflict."""
    return inputs.annotation(PATCH_FORCE) == "true" or configured
