"""What a pulumi that was killed while it wrote leaves unfinished in its file backend."""

from __future__ import annotations

import json
from pathlib import Path


def drop_torn_attributes(state: Path) -> None:
    """
    Remove it, so that pulumi reads the state again.

    Beside each file the backend keeps one with its content type and checksum, which it does not replace at once: one
    that is torn makes the whole file unreadable ("failed to load checkpoint: EOF"), and none is as good as one.

    :param state: the folder of the backend
    """
    for attributes in state.rglob("*.attrs"):
        try:
            json.loads(attributes.read_text())
        except ValueError:
            attributes.unlink()
