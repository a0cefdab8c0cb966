"""The Node object, which is marked as a fake."""

from __future__ import annotations

from typing import Any

from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Node

Object = dict[str, Any]

NAME = "sandbox"
LABEL = "the sandbox's fake node"
FAKE = "homelab.sandbox/fake"
_WHAT_IT_IS = f"this is {LABEL}: its pods run nothing"


def node() -> Node:
    """Return the new object."""
    labels = {"kubernetes.io/hostname": NAME, FAKE: "true"}
    return Node(metadata=ObjectMeta(name=NAME, labels=labels, annotations={FAKE: _WHAT_IT_IS}))


def untainted() -> Object:
    """Return the merge patch that removes the taint of a node whose kubelet is not ready."""
    return {"spec": {"taints": None}}


def status(now: str, port: int) -> Object:
    """
    The patch of its status.

    :param now: RFC 3339
    :param port: of the kubelet on loopback, for the apiserver
    """
    amounts = {"pods": "110"}
    ready = {"type": "Ready", "status": "True", "reason": "Fake", "message": _WHAT_IT_IS}
    return {
        "status": {
            "capacity": amounts,
            "allocatable": amounts,
            "conditions": [{**ready, "lastHeartbeatTime": now, "lastTransitionTime": now}],
            "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": port}},
            "nodeInfo": {"kubeletVersion": "fake"},
        }
    }
