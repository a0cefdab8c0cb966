"""Immutable values: each is seeded with the value that is in use, or not at all."""

from __future__ import annotations

import hmac
from typing import Final

from infisical.api.errors import Blocked
from infisical.api.folders import Location, list_all_folders
from infisical.handlers.base.handler import Operation
from infisical.handlers.base.ids import location_of
from infisical.handlers.secret.fingerprint import fingerprint
from infisical.properties import Properties, is_known
from infisical.rules import stored_form

REFUSE: Final = "refuse"
HOLD: Final = "hold"
"""The values of `onNewValue` that make a secret immutable."""

_WHERE: Final = ("projectId", "environment", "path", "name")


def differs(old: Properties, new: Properties) -> bool:
    """Whether the secret is immutable, and the new value is not the last known one of Infisical."""
    known = old.string("fingerprint")
    if new.string("onNewValue") not in (REFUSE, HOLD) or not known or not is_known(new.get("value")):
        return False
    return fingerprint(stored_form(new.string("value")), known) != known


def lost(location: Location, name: str) -> str:
    return (
        f"{name} is immutable and was deleted in Infisical ({location}), and the declared value differs from the "
        "deleted one. Nothing was seeded. Declare the deleted value, from a backup or from where it is in use, then "
        "run `pulumi up`."
    )


async def check_seeding(operation: Operation, old: Properties, new: Properties) -> None:
    """
    Compare the declared value with the one in use, which may be in a different folder, before it is seeded.

    :raises Blocked: they differ
    """
    known = all(is_known(new.get(field)) for field in (*_WHERE, "value"))
    moved = not old or any(old.get(field) != new.get(field) for field in _WHERE)
    if new.string("onNewValue") not in (REFUSE, HOLD) or not known or not moved:
        return
    location, name, value = location_of(new), new.string("name"), stored_form(new.string("value"))
    if await operation.secrets.lookup(location, name) is not None:
        return
    if differs(old, new):
        previous = location_of(old)
        kept = await operation.secrets.lookup(previous, old.string("name"))
        raise Blocked(lost(previous, name) if kept is None else _elsewhere(name, previous, location))
    others = await list_all_folders(operation.session, location.project_id, location.environment) if not old else []
    for other in others:
        found = await operation.secrets.lookup(other, name)
        if found is not None and not hmac.compare_digest(found.value.encode(), value.encode()):
            raise Blocked(_elsewhere(name, other, location))


def _elsewhere(name: str, other: Location, location: Location) -> str:
    return (
        f"{name} is immutable, and its value at {other} differs from the one to seed at {location}. Nothing was "
        f"seeded. Add {name} to {location} in Infisical with the value to use, then run `pulumi up`."
    )
