"""When the built-in kinds that do something are ready, from their status."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from plugins.kubernetes.conditions import has_condition
from plugins.kubernetes.manifest import Manifest, annotation, at, name_of, namespace_of
from plugins.kubernetes.verdict import Check, Verdict

REVISION = "deployment.kubernetes.io/revision"

TOO_FEW = "Minimum number of live Pods was not attained"
NOT_ROLLED = "Minimum number of Pods to consider the application live was not attained"
ROLLED_BACK = "Attempted to roll forward to new ReplicaSet, but minimum number of Pods did not become live"


def deployment(live: Manifest) -> Verdict:
    """Available, and rolled out to the current generation."""
    if not _observed(live):
        return Verdict(False, problems=(TOO_FEW,))
    wanted = _number(live, "spec", "replicas", default=1)
    ready = min(_number(live, "status", "updatedReplicas"), _number(live, "status", "readyReplicas"))
    conditions = {condition.get("type"): condition for condition in _conditions(live)}
    available = _holds(conditions.get("Available"))
    progressing = conditions.get("Progressing")
    rolled = annotation(live, REVISION) == "1" or (
        at(progressing, "reason") == "NewReplicaSetAvailable" and _holds(progressing)
    )
    problems = [
        f"[{condition['reason']}] {condition['message']}"
        for condition in (conditions.get("Progressing"), conditions.get("Available"))
        if condition and not _holds(condition) and condition.get("reason") and condition.get("message")
    ]
    if annotation(live, REVISION) and available and rolled and ready >= wanted:
        return Verdict(True, "Deployment initialization complete")
    if not available:
        problems.append(TOO_FEW)
    elif not rolled:
        problems.append(NOT_ROLLED)
    else:
        problems.append(ROLLED_BACK)
    if ready < wanted:
        message = f"Waiting for app ReplicaSet to be available ({ready}/{wanted} Pods available)"
        return Verdict(False, message, problems=tuple(problems))
    return Verdict(False, problems[0], warning=True, problems=tuple(problems))


def stateful_set(live: Manifest) -> Verdict:
    """All replicas ready, in the current revision."""
    wanted = _number(live, "spec", "replicas", default=1)
    ready, updated = _number(live, "status", "readyReplicas"), _number(live, "status", "updatedReplicas")
    current = at(live, "status", "currentRevision") == at(live, "status", "updateRevision")
    partitioned = bool(at(live, "spec", "updateStrategy", "rollingUpdate", "partition"))
    on_delete = at(live, "spec", "updateStrategy", "type") == "OnDelete"
    if _observed(live) and ready >= wanted and (current or partitioned or on_delete):
        return Verdict(True, "StatefulSet initialization complete")
    problems = []
    if ready < wanted:
        problems.append(f"{ready} out of {wanted} replicas succeeded readiness checks")
    if not current:
        problems.append(
            "StatefulSet controller failed to advance from revision "
            f'"{at(live, "status", "currentRevision")}" to revision "{at(live, "status", "updateRevision")}"'
        )
    message = f"Waiting for StatefulSet update to roll out ({min(ready, updated or ready)}/{wanted} Pods ready)"
    return Verdict(False, message, problems=tuple(problems))


def daemon_set(live: Manifest) -> Verdict:
    """A ready pod of the current template on every node that should have one."""
    wanted = _number(live, "status", "desiredNumberScheduled")
    ready, updated = _number(live, "status", "numberReady"), _number(live, "status", "updatedNumberScheduled")
    on_delete = at(live, "spec", "updateStrategy", "type") == "OnDelete"
    if _observed(live) and ready >= wanted and (updated >= wanted or on_delete):
        return Verdict(True)
    message = f"Waiting for DaemonSet update to roll out ({min(ready, updated)}/{wanted} Pods ready)"
    return Verdict(False, message, problems=(f"{ready} out of {wanted} Pods are ready",))


def job(live: Manifest) -> Verdict:
    """Succeeded. One that failed never will."""
    name = f"{namespace_of(live)}/{name_of(live)}"
    if at(live, "spec", "suspend") is True:
        return Verdict(True)
    for condition in _conditions(live):
        if condition.get("type") == "Complete" and _holds(condition):
            return Verdict(True)
        if condition.get("type") == "Failed" and _holds(condition):
            reason = f"[{condition.get('reason', 'Failed')}] {condition.get('message', 'Job has failed')}"
            return Verdict(False, reason, warning=True, problems=(reason,), failed=True)
    if not at(live, "status", "startTime"):
        message = f'Waiting for Job "{name}" to start'
    else:
        active, succeeded, failed = (_number(live, "status", key) for key in ("active", "succeeded", "failed"))
        message = f'Waiting for Job "{name}" to succeed (Active: {active} | Succeeded: {succeeded} | Failed: {failed})'
    return Verdict(False, message, problems=(message,))


def pod(live: Manifest) -> Verdict:
    """Ready, or done."""
    phase = at(live, "status", "phase")
    conditions = {condition.get("type"): condition for condition in _conditions(live)}
    if phase == "Succeeded" or _holds(conditions.get("Ready")):
        return Verdict(True)
    problems = list(pod_problems(live))
    for unready in ("PodScheduled", "Initialized", "Ready"):
        condition = conditions.get(unready)
        if condition and not _holds(condition) and condition.get("reason"):
            problems.append(f"[{condition['reason']}] {condition.get('message', '')}".rstrip())
            break
    message = problems[0] if problems else f'Waiting for Pod "{namespace_of(live)}/{name_of(live)}" to be ready'
    return Verdict(False, message, warning=bool(problems), problems=tuple(problems or [message]))


def pod_problems(live: Manifest) -> Iterable[str]:
    """What is wrong with a pod's containers."""
    for kind in ("initContainerStatuses", "containerStatuses"):
        for status in at(live, "status", kind) or []:
            for state in ("waiting", "terminated"):
                found = at(status, "state", state) or {}
                reason = found.get("reason", "")
                if reason and reason not in ("ContainerCreating", "PodInitializing", "Completed"):
                    text = f"[Pod {name_of(live)}]: [{reason}] {found.get('message', '')}".rstrip()
                    yield f"containers with unready status: [{status.get('name')}] -- {text}"


def persistent_volume_claim(live: Manifest) -> Verdict:
    phase = at(live, "status", "phase")
    message = f"PersistentVolumeClaim: [{name_of(live)}] is not ready. status.phase currently at: {phase or 'unknown'}"
    return Verdict(True) if phase == "Bound" else Verdict(False, message, problems=(message,))


def persistent_volume(live: Manifest) -> Verdict:
    phase = at(live, "status", "phase")
    message = f'PersistentVolume "{name_of(live)}" is at phase {phase or "unknown"}'
    return Verdict(True) if phase in ("Available", "Bound") else Verdict(False, message, problems=(message,))


def service(live: Manifest) -> Verdict:
    """Only a load balancer is waited for: its address is what comes from elsewhere."""
    if at(live, "spec", "type") != "LoadBalancer" or at(live, "status", "loadBalancer", "ingress"):
        return Verdict(True)
    message = "Service was not allocated an IP address; does your cloud provider support this?"
    return Verdict(False, "Attempting to allocate IP address to Service", problems=(message,))


CHECKS: dict[tuple[str, str], Check] = {
    ("apps", "Deployment"): deployment,
    ("apps", "StatefulSet"): stateful_set,
    ("apps", "DaemonSet"): daemon_set,
    ("batch", "Job"): job,
    ("", "Pod"): pod,
    ("", "PersistentVolumeClaim"): persistent_volume_claim,
    ("", "PersistentVolume"): persistent_volume,
    ("", "Service"): service,
    ("apiextensions.k8s.io", "CustomResourceDefinition"): has_condition("Established"),
}

CHECKED_ON_READ = (
    ("apps", "Deployment"),
    ("apps", "StatefulSet"),
    ("apps", "DaemonSet"),
    ("batch", "Job"),
    ("", "Pod"),
)
"""Kinds for which a refresh reports an object that is not ready."""


def _conditions(live: Manifest) -> list[dict[str, Any]]:
    listed = at(live, "status", "conditions")
    return listed if isinstance(listed, list) else []


def _holds(condition: dict[str, Any] | None) -> bool:
    return bool(condition) and at(condition, "status") == "True"


def _observed(live: Manifest) -> bool:
    """Whether the controller has seen the current generation."""
    observed = at(live, "status", "observedGeneration")
    return observed is not None and observed >= (at(live, "metadata", "generation") or 0)


def _number(live: Manifest, *path: str, default: int = 0) -> int:
    value = at(live, *path)
    return value if isinstance(value, int) else default
