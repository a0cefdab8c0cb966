"""Everything on the homelab's cluster that is there before the program runs, because others put it there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from sandbox.controlplane.crds import ensure_crds
from sandbox.controlplane.namespaces import ensure_argocd_secret, ensure_namespaces
from sandbox.controlplane.plane import ControlPlane


def ensure_foreign(plane: ControlPlane, crds: Sequence[Path], namespaces: Sequence[str]) -> bool:
    """Definitions, namespaces and Argo CD's Secret; True when something was missing."""
    applied = ensure_crds(plane.kubectl, crds, plane.directory / "crds-applied")
    created = ensure_namespaces(plane.kubectl, namespaces)
    secret = ensure_argocd_secret(plane.kubectl)
    return bool(applied or created or secret)
