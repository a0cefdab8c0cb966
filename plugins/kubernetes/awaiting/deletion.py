"""Deletion: of an object with its dependents, or of the fields of a patch."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from plugins.kubernetes.awaiting.waits import Waits, time_limit
from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.cluster.errors import ApiError, NotReady
from plugins.kubernetes.cluster.ownership import relinquish
from plugins.kubernetes.objects.kinds import Kind
from plugins.kubernetes.objects.kubernetes_object import DELETION_PROPAGATION, SKIP_AWAIT, KubernetesObject
from plugins.kubernetes.progress import Progress
from plugins.protocol.errors import ProviderError

DEFAULT_SECONDS = 600.0

SCHEDULED = "Resource scheduled for deletion"

COLLECTORS_FINALIZERS = ("foregroundDeletion", "orphan")
"""The garbage collector removes these by itself."""

PATIENCE_SECONDS = 5.0
"""A shorter deletion needs no explanation."""

FINALIZER_HELP = "Fix: start the controller that removes them, then run the command again"

PROPAGATIONS = {"orphan": "Orphan", "background": "Background"}

NAMESPACE = Kind("v1", "Namespace")
"""The only kind whose deletion `pulumi.com/skipAwait` does not wait for."""


async def give_up_fields(cluster: Cluster, live: KubernetesObject, manager: str) -> None:
    """Delete a patch: its fields are removed, the object stays."""
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
    inputs: KubernetesObject,
    live: KubernetesObject,
    manager: str,
    *,
    requested: float,
    waits: Waits,
    progress: Progress,
) -> None:
    """
    Delete an object and wait until it is gone. It may be gone already.

    An object that cannot be deleted (the namespace `default`) loses the manager's fields instead.

    :raises NotReady: the time is over
    """
    propagation = PROPAGATIONS.get(inputs.annotation(DELETION_PROPAGATION).lower(), "Foreground")
    try:
        left = await cluster.delete(live, propagation)
    except ApiError as error:
        if error.not_found:
            return
        if error.forbidden and await _relinquished(cluster, live, manager):
            await progress.warn(f"{error.message}. The object was kept, without the fields that this resource set")
            return
        raise
    if left is None or left.uid != (live.uid or left.uid):
        return
    if inputs.annotation(SKIP_AWAIT) == "true" and live.kind == NAMESPACE:
        await progress.show("Skipping await logic")
        await progress.clear()
        return
    await _until_gone(cluster, left, time_limit(requested, inputs, DEFAULT_SECONDS), waits, progress)
    await progress.clear()


async def _relinquished(cluster: Cluster, live: KubernetesObject, manager: str) -> bool:
    try:
        await relinquish(cluster, live, manager)
    except ApiError:
        return False
    return True


async def _until_gone(cluster: Cluster, left: KubernetesObject, limit: float, waits: Waits, progress: Progress) -> None:
    latest = left
    holding = asyncio.create_task(_show_finalizers(left, progress))
    try:
        async with waits.at_most(limit), aclosing(cluster.follow(left)) as changes:
            await _report(latest, progress)
            async for current in changes:
                if current is None:
                    return
                latest = current
                await _report(latest, progress)
    except TimeoutError:
        raise await _still_there(latest, waits, progress) from None
    finally:
        holding.cancel()


async def _show_finalizers(left: KubernetesObject, progress: Progress) -> None:
    await asyncio.sleep(PATIENCE_SECONDS)
    held = ", ".join(each for each in left.metadata.get("finalizers") or [] if each not in COLLECTORS_FINALIZERS)
    await progress.show(SCHEDULED + (f", its finalizers prevent it: {held}" if held else ""))


async def _report(live: KubernetesObject, progress: Progress) -> None:
    if live.metadata.get("deletionTimestamp") and live.kind == NAMESPACE:
        await progress.show(SCHEDULED)


async def _still_there(latest: KubernetesObject, waits: Waits, progress: Progress) -> NotReady:
    """The reason why an object still exists: usually finalizers that no controller removes."""
    namespace = latest.kind == NAMESPACE
    finalizers = [str(each) for each in latest.metadata.get("finalizers") or []]
    finalizers += [str(each) for each in latest.at("spec", "finalizers") or [] if namespace]
    if finalizers:
        await progress.warn(f"finalizers might be preventing deletion ({', '.join(finalizers)})")
    if waits.cancelled:
        return NotReady(f'Resource operation was cancelled for "{latest.name}"', latest)
    holding = f"; its finalizers prevent it ({', '.join(finalizers)}). {FINALIZER_HELP}" if finalizers else ""
    blocked = [
        str(condition.get("message"))
        for condition in latest.at("status", "conditions") or []
        if namespace and condition.get("status") == "True" and condition.get("message")
    ]
    message = f'Timed out waiting for deletion of {latest.kind} "{latest.name}"{holding}'
    return NotReady(message, latest, blocked)
