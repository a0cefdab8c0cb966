"""Rotation markers: any text, and another one asks for a rotation."""

from __future__ import annotations

from typing import Any


def moved(old: object, new: object) -> bool:
    """
    Whether a marker asks for a rotation that the earlier one did not.

    A marker that is taken away asks for nothing. Nor does the first one of an imported resource, which has none; a
    resource that was made without a marker has an empty one where it is to have some later.
    """
    return old is not None and bool(new) and old != new


def some_moved(old: Any, new: Any) -> bool:
    """Whether one of the markers of a mapping did; one that comes new is as one that was empty."""
    old, new = (markers if isinstance(markers, dict) else {} for markers in (old, new))
    return any(moved(old.get(name, ""), text) for name, text in new.items())
