"""Waiting until an object that was written is ready."""

from __future__ import annotations

from contextlib import aclosing

from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.conditions import wait_for
from plugins.kubernetes.errors import ApiError, NotReady
from plugins.kubernetes.kinds import Kind
from plugins.kubernetes.manifest import (
    SKIP_AWAIT,
    WAIT_FOR,
    Manifest,
    annotation,
    at,
    kind_of,
    name_of,
    namespace_of,
)
from plugins.kubernetes.progress import Progress
from plugins.kubernetes.verdict import Check, Verdict
from plugins.kubernetes.waits import Waits, time_limit
from plugins.kubernetes.workloads import CHECKED_ON_READ, CHECKS, pod_problems

DEFAULT_SECONDS = 600.0
SLOW_SECONDS = {"PersistentVolumeClaim": 300.0, "PersistentVolume": 300.0, "Pod": 300.0}
"""Kinds that get less time than others."""

PENDING_CLASSES = "WaitForFirstConsumer"


async def await_ready(
    cluster: Cluster, inputs: Manifest, live: Manifest, *, requested: float, waits: Waits, progress: Progress
) -> Manifest:
    """
    The object, ready. Kinds without a rule are ready at once.

    :param requested: the resource's custom timeout in seconds; 0 without one
    :raises NotReady: it did not become ready in time, will never be, is gone, or the user interrupted
    """
    kind = kind_of(live)
    check = _check(kind, inputs, live)
    if annotation(inputs, SKIP_AWAIT) == "true":
        if (kind.group, kind.name) in CHECKS:
            await progress.show("Skipping await logic")
            await progress.clear()
        return live
    if check is None or await _binds_later(cluster, kind, live):
        return live
    limit = time_limit(requested, inputs, SLOW_SECONDS.get(kind.name, DEFAULT_SECONDS))
    ready = await _until(check, cluster, live, limit, waits, progress)
    await progress.clear()
    return ready


def _check(kind: Kind, inputs: Manifest, live: Manifest) -> Check | None:
    expression = annotation(inputs, WAIT_FOR) or annotation(live, WAIT_FOR)
    return wait_for(expression) if expression else CHECKS.get((kind.group, kind.name))


async def _until(
    check: Check, cluster: Cluster, live: Manifest, limit: float, waits: Waits, progress: Progress
) -> Manifest:
    verdict = check(live)
    seen = live
    if verdict.ready:
        return live
    try:
        async with waits.at_most(limit), aclosing(cluster.follow(live)) as changes:
            await progress.show(verdict.message, warning=verdict.warning)
            async for current in changes:
                if current is None:
                    message = f'"{name_of(live)}" was deleted while it was waited for'
                    raise NotReady(message, seen)
                seen = current
                verdict = check(seen)
                if verdict.ready:
                    return seen
                await progress.show(verdict.message, warning=verdict.warning)
                if verdict.failed:
                    message = f"Resource '{name_of(seen)}' was created but failed to initialize"
                    raise NotReady(message, seen, verdict.problems)
    except TimeoutError:
        raise await _given_up(cluster, seen, verdict, waits) from None
    raise AssertionError


async def _given_up(cluster: Cluster, seen: Manifest, verdict: Verdict, waits: Waits) -> NotReady:
    if waits.cancelled:
        return NotReady(f'Resource operation was cancelled for "{name_of(seen)}"', seen, verdict.problems)
    if not verdict.problems:
        return NotReady("timed out waiting for the condition", seen)
    problems = [*verdict.problems, *await _pods(cluster, seen)]
    return NotReady(f"'{name_of(seen)}' timed out waiting to be Ready", seen, problems)


async def _pods(cluster: Cluster, live: Manifest) -> list[str]:
    """What is wrong with the pods of a workload."""
    labels = at(live, "spec", "selector", "matchLabels")
    if not isinstance(labels, dict) or not labels:
        return []
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    try:
        pods = await cluster.list(Kind("v1", "Pod"), namespace_of(live), {"labelSelector": selector})
    except ApiError:
        return []
    return [problem for pod in pods for problem in pod_problems(pod)]


async def _binds_later(cluster: Cluster, kind: Kind, live: Manifest) -> bool:
    """Whether a claim is bound only when a pod uses it."""
    if (kind.group, kind.name) != ("", "PersistentVolumeClaim"):
        return False
    name = at(live, "spec", "storageClassName")
    if not name:
        return False
    storage = await cluster.find(Kind("storage.k8s.io/v1", "StorageClass"), "", name)
    return bool(at(storage, "volumeBindingMode") == PENDING_CLASSES)


def unreadiness(inputs: Manifest, live: Manifest) -> Verdict | None:
    """What a refresh has to say about an object that is not ready; None where it is, or has no rule."""
    kind = kind_of(live)
    if (kind.group, kind.name) not in CHECKED_ON_READ or annotation(inputs, SKIP_AWAIT) == "true":
        return None
    verdict = CHECKS[kind.group, kind.name](live)
    return None if verdict.ready else verdict
