"""
Built-in kinds in the form that the API server keeps them in.

It leaves out what is empty where nothing and empty mean the same, and writes quantities in one way.
Which fields these are follows from the API's types; the tables name those that programs set.
"""

from __future__ import annotations

from typing import Any

from plugins.kubernetes.kinds import Kind
from plugins.kubernetes.manifest import Manifest
from plugins.kubernetes.quantity import canonical_quantity

OPAQUE = frozenset(
    ["annotations", "labels", "matchLabels", "data", "binaryData", "stringData", "nodeSelector", "parameters"]
)
"""Maps with keys of the program's own, and no more below."""

MAPS = OPAQUE | {"limits", "requests"}
"""Maps that are left out when they are empty; an empty object in any other field says something."""

REQUIRED_LISTS = frozenset(
    [
        "admissionReviewVersions",
        "addresses",
        "containers",
        "endpoints",
        "nodeSelectorTerms",
        "nonResourceURLs",
        "paths",
        "ports",
        "rules",
        "sources",
        "topologyKeys",
        "values",
        "verbs",
        "versions",
    ]
)
"""Lists that are kept when they are empty, in some kind at least."""

EMPTY_SCALARS = frozenset(
    [
        "clusterIP",
        "externalName",
        "externalTrafficPolicy",
        "failureThreshold",
        "generateName",
        "globalDefault",
        "healthCheckNodePort",
        "hostIP",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostPort",
        "imagePullPolicy",
        "initialDelaySeconds",
        "loadBalancerIP",
        "medium",
        "minReadySeconds",
        "nodePort",
        "paused",
        "podManagementPolicy",
        "priorityClassName",
        "publishNotReadyAddresses",
        "schedulerName",
        "serviceAccount",
        "stdin",
        "stdinOnce",
        "subPath",
        "subPathExpr",
        "subdomain",
        "successThreshold",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "tty",
        "unschedulable",
        "workingDir",
    ]
)
"""Fields for which `false`, 0 and "" are as good as nothing."""

EMPTY_IN = {("env", "value"), ("volumeMounts", "readOnly"), ("volumeMounts", "mountPath"), ("ports", "name")}
"""Fields for which that is so in the items of a certain list only."""

QUANTITY_MAPS = frozenset(
    ["limits", "requests", "hard", "capacity", "podFixed", "default", "defaultRequest", "max", "min"]
)
QUANTITIES = frozenset(["sizeLimit", "averageValue", "divisor"])

FREE_FORM = frozenset(["apiextensions.k8s.io"])
"""Groups whose objects hold values of any form."""


def normalised(manifest: Manifest, kind: Kind) -> Manifest:
    """The object as the API server would keep it, as far as its kind says so; changed in place."""
    if kind.group not in FREE_FORM:
        _normalise(manifest, "")
    return manifest


def _normalise(fields: Manifest, around: str) -> None:
    for key, value in list(fields.items()):
        if _is_nothing(key, value, around):
            del fields[key]
        elif isinstance(value, dict):
            if key in QUANTITY_MAPS:
                fields[key] = {name: canonical_quantity(amount) for name, amount in value.items()}
            elif key not in OPAQUE:
                _normalise(value, key)
        elif isinstance(value, list):
            for item in value:
                if isinstance(item, dict):
                    _normalise(item, key)
        elif key in QUANTITIES:
            fields[key] = canonical_quantity(value)


def _is_nothing(key: str, value: Any, around: str) -> bool:
    if value == {}:
        return key in MAPS
    if value == []:
        return key not in REQUIRED_LISTS
    return value in ("", 0, False) and (key in EMPTY_SCALARS or (around, key) in EMPTY_IN)
