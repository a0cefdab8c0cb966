"""The labels and annotations of the homelab's objects."""

from __future__ import annotations

import pulumi

from declaration.objects import PART_OF_HOMELAB, STACK


def of_this_stack() -> dict[str, str]:
    """The annotation of an object that a different stack could also make."""
    return {STACK: this_stack()}


def this_stack() -> str:
    return f"{pulumi.get_project()}/{pulumi.get_stack()}"


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
