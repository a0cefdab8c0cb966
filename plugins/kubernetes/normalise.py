"""Built-in kinds in the form that the API server keeps them in."""

from __future__ import annotations

from plugins.kubernetes.kinds import Kind
from plugins.kubernetes.manifest import Manifest


def normalised(manifest: Manifest, kind: Kind) -> Manifest:
    """The object as the API server would keep it, as far as its kind says so."""
    return manifest
