"""The labels that the homelab's objects carry."""

from __future__ import annotations

PART_OF_HOMELAB = {"app.kubernetes.io/part-of": "homelab"}


def managed_by(owner: str, *, name: str, component: str) -> dict[str, str]:
    """
    The recommended labels of one object.

    :param owner: the tool that keeps the labelled object's workload as declared
    """
    return {
        "app.kubernetes.io/name": name,
        "app.kubernetes.io/component": component,
        "app.kubernetes.io/managed-by": owner,
        **PART_OF_HOMELAB,
    }
