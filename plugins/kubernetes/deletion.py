"""Deleting: an object with all that it owns, or a patch's fields alone."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.errors import ApiError, NotReady
from plugins.kubernetes.kinds import Kind
from plugins.kubernetes.manifest import (
    DELETION_PROPAGATION,
    SKIP_AWAIT,
    Manifest,
    annotation,
    at,
    kind_of,
    metadata,
    name_of,
)
from plugins.kubernetes.ownership import relinquish
from plugins.kubernetes.progress import Progress
from plugins.kubernetes.waits import Waits, time_limit
from plugins.protocol.errors import ProviderError

DEFAULT_SECONDS = 600.0

SCHEDULED = "Resource scheduled for deletion"

COLLECTORS_FINALIZERS = ("foregroundDeletion", "orphan")
"""What the garbage collector removes by itself, as soon as it comes round."""

PATIENCE_SECONDS = 5.0
"""What takes no longer needs no explanation."""

PROPAGATIONS = {"orphan": "Orphan", "background": "Background"}

UNAWAITED = frozenset({"Namespace", "Pod", "ReplicationController", "DaemonSet", "Deployment", "StatefulSet", "Job"})
"""Kinds whose deletion is not waited for where the object skips awaiting; all others are always waited for."""


async def give_up_fields(cluster: Cluster, live: Manifest, manager: str) -> None:
    """Delete a patch: its fields go, the object stays."""
    try:
        await relinquish(cluster, live, manager)
    except ApiError as error:
        if error.required_field:
            message = (
                "this Patch resource is currently managing a required field, so it can't be deleted "
                "directly. Either set the `retainOnDelete` resource option, or transfer ownership of the "
                f"field before deleting: {error.required_field}"
            )
            raise ProviderError(message) from None
        raise


async def delete(
    cluster: Cluster,
    inputs: Manifest,
    live: Manifest,
    manager: str,
    *,
    requested: float,
    waits: Waits,
    progress: Progress,
) -> None:
    """
    Delete an object and wait until it is gone. One that is gone already is fine.

    One that nobody may delete (the namespace `default`) loses the manager's fields instead.

    :raises NotReady: it is still there after its time
    """
    propagation = PROPAGATIONS.get(annotation(inputs, DELETION_PROPAGATION).lower(), "Foreground")
    try:
        left = await cluster.delete(live, propagation)
    except ApiError as error:
        if error.not_found:
            return
        if error.forbidden and await _relinquished(cluster, live, manager):
            await progress.warn(f"{error.message}: it stays, without what this resource had set")
            return
        raise
    kind = kind_of(live)
    if left is None or metadata(left).get("uid") != metadata(live).get("uid", metadata(left).get("uid")):
        return
    if annotation(inputs, SKIP_AWAIT) == "true" and kind.is_built_in and kind.name in UNAWAITED:
        await progress.show("Skipping await logic")
        await progress.clear()
        return
    left = {"apiVersion": live["apiVersion"], "kind": live["kind"], **left}
    await _until_gone(cluster, kind, left, time_limit(requested, inputs, DEFAULT_SECONDS), waits, progress)
    await progress.clear()


async def _relinquished(cluster: Cluster, live: Manifest, manager: str) -> bool:
    try:
        await relinquish(cluster, live, manager)
    except ApiError:
        return False
    return True


async def _until_gone(
    cluster: Cluster, kind: Kind, left: Manifest, limit: float, waits: Waits, progress: Progress
) -> None:
    seen = left
    holding = asyncio.create_task(_tell_what_holds(left, progress))
    try:
        async with waits.at_most(limit), aclosing(cluster.follow(left)) as changes:
            await _report(seen, progress)
            async for current in changes:
                if current is None:
                    return
                seen = current
                await _report(seen, progress)
    except TimeoutError:
        raise await _still_there(kind, seen, waits, progress) from None
    finally:
        holding.cancel()


async def _tell_what_holds(left: Manifest, progress: Progress) -> None:
    await asyncio.sleep(PATIENCE_SECONDS)
    held = ", ".join(each for each in metadata(left).get("finalizers") or [] if each not in COLLECTORS_FINALIZERS)
    await progress.show(SCHEDULED + (f", held by its finalizers: {held}" if held else ""))


async def _report(live: Manifest, progress: Progress) -> None:
    if metadata(live).get("deletionTimestamp") and kind_of(live).name == "Namespace":
        await progress.show(SCHEDULED)


async def _still_there(kind: Kind, seen: Manifest, waits: Waits, progress: Progress) -> NotReady:
    """Why it is still there: as a rule, finalizers that nobody works on."""
    finalizers = [str(each) for each in metadata(seen).get("finalizers") or []]
    finalizers += [str(each) for each in at(seen, "spec", "finalizers") or [] if kind.name == "Namespace"]
    if finalizers:
        await progress.warn(f"finalizers might be preventing deletion ({', '.join(finalizers)})")
    if waits.cancelled:
        return NotReady(f'Resource operation was cancelled for "{name_of(seen)}"', seen)
    holding = f"; it is held by its finalizers ({', '.join(finalizers)})" if finalizers else ""
    blocked = [
        str(condition.get("message"))
        for condition in at(seen, "status", "conditions") or []
        if kind.name == "Namespace" and condition.get("status") == "True" and condition.get("message")
    ]
    message = f'Timed out waiting for deletion of {kind} "{name_of(seen)}"{holding}'
    return NotReady(message, seen, blocked)
