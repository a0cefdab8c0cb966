"""How objects are written: created by POST, patched and updated by server-side apply."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable

from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.errors import ApiError, KindUnknown
from plugins.kubernetes.manifest import (
    PATCH_FORCE,
    Manifest,
    annotation,
    kind_of,
    metadata,
    name_of,
    namespace_of,
)
from plugins.kubernetes.ownership import is_creators, take_over, with_ignored_fields
from plugins.kubernetes.progress import Progress

CREATE_RETRIES = 5
"""The namespace, or the definition of the kind, may be on its way."""

CRD = "CustomResourceDefinition"


async def create(cluster: Cluster, inputs: Manifest, *, dry_run: bool, progress: Progress) -> Manifest:
    """Create an object; it must not be there yet."""

    async def write() -> Manifest:
        return await cluster.create(inputs, dry_run=dry_run)

    return await _patiently(write, dry_run=dry_run, progress=progress)


async def apply(
    cluster: Cluster, inputs: Manifest, manager: str, *, force: bool, dry_run: bool, progress: Progress
) -> Manifest:
    """Own the fields of the inputs, of an object that may be there already."""

    async def write() -> Manifest:
        return await cluster.apply(inputs, manager, force=force, dry_run=dry_run)

    return await _patiently(write, dry_run=dry_run, progress=progress)


async def _patiently(write: Callable[[], Awaitable[Manifest]], *, dry_run: bool, progress: Progress) -> Manifest:
    """Try again for half a minute while something that the object needs is missing, unless it is only a preview."""
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
    inputs: Manifest,
    old_live: Manifest,
    manager: str,
    *,
    is_patch: bool,
    force: bool,
    dry_run: bool,
    ignored: Iterable[str] = (),
) -> tuple[Manifest, Manifest]:
    """
    Bring the live object to the inputs.

    :return: the object before and after
    :raises ApiError: also where it is gone
    """
    kind = kind_of(inputs)
    live = await cluster.get(kind, namespace_of(old_live) or namespace_of(inputs), name_of(old_live))
    if kind.name == CRD and kind.group == "apiextensions.k8s.io":
        version = metadata(live).get("resourceVersion")
        whole = {**inputs, "metadata": {**metadata(inputs), "resourceVersion": version}}
        return live, await cluster.replace(whole, manager, dry_run=dry_run)

    # A dry run cannot take the fields over first: it forces instead.
    force = force or (dry_run and is_creators(live))
    owned = live if dry_run or is_patch else await take_over(cluster, live, manager)
    applied = with_ignored_fields(inputs, owned, manager, ignored)
    if not name_of(applied):
        applied = {**applied, "metadata": {**metadata(applied), "name": name_of(live)}}
    return live, await cluster.apply(applied, manager, force=force, dry_run=dry_run)


def forces(inputs: Manifest, *, configured: bool) -> bool:
    """Whether to take fields that others own, instead of a conflict."""
    return annotation(inputs, PATCH_FORCE) == "true" or configured
