"""Waiting until a written object is ready."""

from __future__ import annotations

from contextlib import aclosing

from plugins.kubernetes.awaiting.conditions import Check, wait_for
from plugins.kubernetes.awaiting.waits import Waits, time_limit
from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.cluster.errors import NotReady
from plugins.kubernetes.objects.kubernetes_object import SKIP_AWAIT, WAIT_FOR, KubernetesObject
from plugins.kubernetes.progress import Progress

DEFAULT_SECONDS = 600.0


async def await_ready(
    cluster: Cluster,
    inputs: KubernetesObject,
    live: KubernetesObject,
    *,
    requested: float,
    waits: Waits,
    progress: Progress,
) -> KubernetesObject:
    """
    The object, ready. An object without the annotation `pulumi.com/waitFor` is ready at once.

    :param requested: the resource's custom timeout in seconds; 0 without one
    :raises NotReady: the time is over, the object is gone, or the user interrupted
    """
    expression = inputs.annotation(WAIT_FOR) or live.annotation(WAIT_FOR)
    if not expression:
        return live
    check = wait_for(expression)
    if inputs.annotation(SKIP_AWAIT) == "true":
        return live
    limit = time_limit(requested, inputs, DEFAULT_SECONDS)
    ready = await _until(check, cluster, live, limit, waits, progress)
    await progress.clear()
    return ready


async def _until(
    check: Check, cluster: Cluster, live: KubernetesObject, limit: float, waits: Waits, progress: Progress
) -> KubernetesObject:
    verdict = check(live)
    latest = live
    if verdict.ready:
        return live
    try:
        async with waits.at_most(limit), aclosing(cluster.follow(live)) as changes:
            await progress.show(verdict.message, warning=verdict.warning)
            async for current in changes:
                if current is None:
                    message = f'"{live.name}" was deleted before it was ready'
                    raise NotReady(message, latest)
                latest = current
                verdict = check(latest)
                if verdict.ready:
                    return latest
                await progress.show(verdict.message, warning=verdict.warning)
    except TimeoutError:
        if waits.cancelled:
            message = f'Resource operation was cancelled for "{latest.name}"'
        else:
            message = "timed out waiting for the condition"
        raise NotReady(message, latest) from None
    raise AssertionError
