"""The state as it is when the cluster and Infisical are lost: what a refresh would leave, without asking either."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

_LOST: Final = ("kubernetes:", "infisical:", "command:")
_LOST_PROVIDERS: Final = tuple(f"pulumi:providers:{name.rstrip(':')}" for name in _LOST)
_REFERENCES: Final = ("dependencies", "replaceWith")


def without_cluster(state: Mapping[str, Any]) -> dict[str, Any]:
    """
    The state without objects of Kubernetes and Infisical, commands, and their providers.

    The drill must not refresh the owner's state: its providers have the addresses of the owner's cluster and Infisical.
    Generated values, keys and components stay.

    :param state: as `pulumi stack export` prints it
    """
    deployment = state["deployment"]
    kept = [each for each in deployment.get("resources") or [] if not _is_lost(each)]
    names = {each["urn"] for each in kept}
    return {**state, "deployment": {**_settled(deployment), "resources": [_referring(each, names) for each in kept]}}


def _is_lost(resource: Mapping[str, Any]) -> bool:
    return bool(resource["type"].startswith((*_LOST, *_LOST_PROVIDERS)) or resource.get("delete"))


def _settled(deployment: Mapping[str, Any]) -> dict[str, Any]:
    return {name: each for name, each in deployment.items() if name != "pending_operations"}


def _referring(resource: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    """The resource with references to resources that are left."""
    changed = dict(resource)
    for field in _REFERENCES:
        if field in changed:
            changed[field] = [each for each in changed[field] or [] if each in names]
    if "propertyDependencies" in changed:
        changed["propertyDependencies"] = {
            name: [each for each in urns or [] if each in names]
            for name, urns in (changed["propertyDependencies"] or {}).items()
        }
    if changed.get("deletedWith") not in names:
        changed.pop("deletedWith", None)
    return changed
