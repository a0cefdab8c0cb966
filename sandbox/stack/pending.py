"""
Creates that a killed pulumi began and did not record the end of.

Such an object may exist or not, and creating it again would fail if it does. On the sandbox the truth can be asked
for: what the cluster has is imported, everything else is begun anew.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Exists = Callable[[str, str, str, str | None], bool]
"""apiVersion, kind, name, namespace → whether the cluster has the object."""


@dataclass(frozen=True)
class PendingCreate:
    """A create under way: its URN, and the Kubernetes object that it makes, when it is one with a name."""

    urn: str
    api_version: str | None
    kind: str | None
    name: str | None
    namespace: str | None

    @property
    def id(self) -> str | None:
        """The id that the Kubernetes provider gives to the object."""
        if self.name is None:
            return None
        return f"{self.namespace}/{self.name}" if self.namespace else self.name


def pending_creates(checkpoint: Path) -> list[PendingCreate]:
    """
    Those of a stack.

    :param checkpoint: the stack's file in the backend
    """
    try:
        content = json.loads(checkpoint.read_text())
    except FileNotFoundError:
        return []
    latest = content.get("checkpoint", {}).get("latest") or {}
    return [
        _pending(operation["resource"])
        for operation in latest.get("pending_operations") or []
        if operation["type"] == "creating"
    ]


def refresh_arguments(pending: list[PendingCreate], exists: Exists) -> list[str]:
    """What `pulumi refresh` is to be told about them."""
    arguments = []
    for each in pending:
        if each.id and each.api_version and each.kind and each.name:
            there = exists(each.api_version, each.kind, each.name, each.namespace)
            arguments += ["--import-pending-creates", each.urn, "--import-pending-creates", each.id] if there else []
    return [*arguments, "--clear-pending-creates"]


def _pending(resource: dict[str, Any]) -> PendingCreate:
    inputs = resource.get("inputs") or {}
    metadata = inputs.get("metadata") if isinstance(inputs.get("metadata"), dict) else {}
    is_kubernetes = resource["type"].startswith("kubernetes:") and not resource["type"].endswith("Patch")
    return PendingCreate(
        urn=resource["urn"],
        api_version=inputs.get("apiVersion") if is_kubernetes else None,
        kind=inputs.get("kind") if is_kubernetes else None,
        name=metadata.get("name") if is_kubernetes and metadata else None,
        namespace=metadata.get("namespace") if is_kubernetes and metadata else None,
    )
