"""Deployments, StatefulSets and DaemonSets: how to restart one, and what its rollout still waits for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

KINDS: Final = {"deployment": "deployments", "statefulset": "statefulsets", "daemonset": "daemonsets"}
RESTARTED_AT: Final = "kubectl.kubernetes.io/restartedAt"
STARTED_WITH: Final = "homelab/started-with"
"""The annotation of a workload that was taken over: the triggers of the values that its pods run with, as JSON."""


@dataclass(frozen=True)
class Workload:
    """A controller of pods; `kind` is in lower case, as kubectl writes it."""

    namespace: str
    kind: str
    name: str

    @property
    def path(self) -> str:
        return f"/apis/apps/v1/namespaces/{self.namespace}/{KINDS[self.kind]}/{self.name}"

    def __str__(self) -> str:
        return f"{self.namespace}/{self.kind}/{self.name}"


def workload_of(namespace: str, text: str) -> Workload:
    """:param text: such as `deployment/grafana`; `workload` must accept it"""
    kind, _, name = text.partition("/")
    return Workload(namespace, kind, name)


def workload(text: str) -> str | None:
    """What is expected, or None if the string names a workload."""
    kind, slash, name = text.partition("/")
    fits = kind in KINDS and slash and name and "/" not in name
    return None if fits else f"a kind and a name, such as deployment/grafana; the kinds are {', '.join(KINDS)}"


def restart_patch(now: str) -> dict[str, Any]:
    """The patch that `kubectl rollout restart` sends."""
    return {"spec": {"template": {"metadata": {"annotations": {RESTARTED_AT: now}}}}}


def has_pods(found: Mapping[str, Any]) -> bool:
    """Whether it has running pods."""
    status = found.get("status") or {}
    return bool(status.get("readyReplicas") or status.get("numberReady"))


def started_with(found: Mapping[str, Any]) -> dict[str, Any]:
    """The triggers of the values that the pods run with; empty if nobody noted them."""
    noted = (found.get("metadata", {}).get("annotations") or {}).get(STARTED_WITH)
    try:
        triggers = json.loads(noted or "{}")
    except ValueError:
        return {}
    return triggers if isinstance(triggers, dict) else {}


def left_to_do(kind: str, found: Mapping[str, Any]) -> str:
    """What the rollout of a workload still waits for, as `kubectl rollout status` says it; empty when done."""
    spec, status = found.get("spec") or {}, found.get("status") or {}
    if int(status.get("observedGeneration") or 0) < int(found["metadata"].get("generation") or 0):
        return "its controller has not observed the restart yet"
    if kind == "daemonset":
        wanted, updated = status.get("desiredNumberScheduled"), status.get("updatedNumberScheduled")
        ready = status.get("numberAvailable")
    else:
        wanted, updated = spec.get("replicas", 1), status.get("updatedReplicas")
        ready = status.get("readyReplicas" if kind == "statefulset" else "availableReplicas")
    wanted, updated, ready = (int(count or 0) for count in (wanted, updated, ready))
    old = int(status.get("replicas") or 0) - updated if kind == "deployment" else 0
    if updated < wanted:
        return f"{updated} of {wanted} pods are updated"
    if old > 0:
        return "1 old pod still runs" if old == 1 else f"{old} old pods still run"
    if ready < wanted:
        return f"{ready} of {wanted} new pods are ready"
    return ""
