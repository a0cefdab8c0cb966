"""Triggers: any string. A new one asks for something to happen again."""

from __future__ import annotations

from typing import Any


def fired(old: object, new: object) -> bool:
    """
    Whether a trigger asks for something that the previous one did not.

    A removed trigger asks for nothing. Nor does the first one of an imported resource, which has none yet. A resource
    that is created without a trigger has an empty one if it may get one later.
    """
    return old is not None and bool(new) and old != new


def any_fired(old: Any, new: Any) -> bool:
    """Whether one of the triggers of a mapping fired; a new entry counts as one that was empty."""
    old, new = (triggers if isinstance(triggers, dict) else {} for triggers in (old, new))
    return any(fired(old.get(name, ""), text) for name, text in new.items())
