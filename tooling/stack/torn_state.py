"""Incomplete files that a killed pulumi leaves in its file backend."""

from __future__ import annotations

import json
from pathlib import Path


def drop_torn_attributes(state: Path) -> None:
    """
    Remove incomplete attribute files, so that pulumi can read the state again.

    Next to each file, the backend keeps one with its content type and checksum, and does not replace it atomically. An
    incomplete one makes the whole state unreadable ("failed to load checkpoint: EOF"). A missing one does no harm.

    :param state: the folder of the backend
    """
    for attributes in state.rglob("*.attrs"):
        try:
            json.loads(attributes.read_text())
        except ValueError:
            attributes.unlink()
