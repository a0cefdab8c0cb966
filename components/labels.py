"""The labels of the homelab's objects."""

from __future__ import annotations

PART_OF_HOMELAB = {"app.kubernetes.io/part-of": "homelab"}


def managed_by(owner: str, *, name: str, component: str) -> dict[str, str]:
    """
    The recommended labels of one object.

    :param owner: the tool that manages the labelled object's workload
    """
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/managed-by": owner,
        **PART_OF_HOMELAB,
    }
