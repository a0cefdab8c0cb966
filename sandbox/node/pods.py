"""The next step for a pod, decided from the pod alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

Object = dict[str, Any]


@dataclass(frozen=True)
class Bind:
    """It has no node yet."""


@dataclass(frozen=True)
class Tell:
    """The strategic merge patch of its status."""

    patch: Object


@dataclass(frozen=True)
class Finish:
    """It was deleted, and its containers have ended: nothing ran in them."""


def next_step(pod: Object, node: str, now: str) -> Bind | Tell | Finish | None:
    """
    None when there is nothing to do, or when the pod is another node's.

    :param node: the node whose pods are handled
    :param now: RFC 3339
    """
    metadata, spec, status = pod["metadata"], pod["spec"], pod.get("status") or {}
    bound_to = spec.get("nodeName")
    if bound_to and bound_to != node:
        return None
    if metadata.get("deletionTimestamp"):
        # With a grace period of 0, only finalizers keep it.
        return Finish() if metadata.get("deletionGracePeriodSeconds") else None
    if not bound_to:
        return None if spec.get("schedulingGates") else Bind()
    if status.get("phase") in ("Succeeded", "Failed"):
        return None
    patch = _running(spec, status, now)
    return Tell({"status": patch}) if patch else None


def _running(spec: Object, status: Object, now: str) -> Object:
    """The missing status of a pod whose containers run."""
    starts = status.get("phase") != "Running"
    patch = _started(spec, now) if starts else {}
    present = {each["type"]: each["status"] for each in status.get("conditions") or []}
    if conditions := [each for each in _conditions(spec, present, now) if present.get(each["type"]) != each["status"]]:
        patch["conditions"] = conditions
    return patch


def _conditions(spec: Object, present: dict[str, str], now: str) -> list[Object]:
    gates = [gate["conditionType"] for gate in spec.get("readinessGates") or []]
    closed = [gate for gate in gates if present.get(gate) != "True"]
    ready: Object = {"type": "Ready", "status": "False" if closed else "True", "reason": None, "message": None}
    if closed:
        ready |= {
            "reason": "ReadinessGatesNotReady",
            "message": f"the status of pod readiness gate {closed[0]} is not True",
        }
    always = ("PodReadyToStartContainers", "Initialized", "ContainersReady")
    found = [*({"type": name, "status": "True"} for name in always), ready]
    return [{**each, "lastTransitionTime": now} for each in found]


def _started(spec: Object, now: str) -> Object:
    initial = spec.get("initContainers") or []
    return {
        "phase": "Running",
        "startTime": now,
        "containerStatuses": [_container(each, {"running": {"startedAt": now}}) for each in spec["containers"]],
        "initContainerStatuses": [_container(each, _initial(each, now)) for each in initial],
    }


def _initial(container: Object, now: str) -> Object:
    """A sidecar keeps running; any other init container has ended."""
    if container.get("restartPolicy") == "Always":
        return {"running": {"startedAt": now}}
    return {"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": now, "finishedAt": now}}


def _container(container: Object, state: Object) -> Object:
    return {
        "name": container["name"],
        "image": container.get("image", ""),
        "imageID": "",
        "ready": True,
        "started": "running" in state,
        "restartCount": 0,
        "state": state,
    }
