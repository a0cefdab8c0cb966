"""What must never change: it is seeded with the value that is in use, or not at all."""

from __future__ import annotations

import hmac
from typing import Final

from infisical.api.errors import Blocked
from infisical.api.folders import Place, list_all_folders
from infisical.api.secrets import stored_form
from infisical.handlers.fingerprint import fingerprint
from infisical.handlers.kind import Task
from infisical.handlers.places import place_of
from infisical.handlers.properties import Properties, is_known

REFUSE: Final = "refuse"
HOLD: Final = "hold"
"""The two of `onNewValue` by which another value is never set."""

_WHERE: Final = ("projectId", "environment", "path", "name")


def is_another(old: Properties, new: Properties) -> bool:
    """Whether it must never change, and the new value is not the one that Infisical had when it was last looked at."""
    seen = old.text("fingerprint")
    if new.text("onNewValue") not in (REFUSE, HOLD) or not seen or not is_known(new.get("value")):
        return False
    return fingerprint(stored_form(new.text("value")), seen) != seen


def lost(place: Place, name: str) -> str:
    return (
        f"{name} was lost in Infisical ({place}), must never change, and the stack has another value than the one "
        "that was lost. Nothing was seeded. Give the lost one, from a backup or from where it is in use, as the "
        "declared value, then run `pulumi up`."
    )


async def admit_seeding(task: Task, old: Properties, new: Properties) -> None:
    """
    Look for the value that is in use before another place gets one: what is made anew knows nothing of it.

    :raises Blocked: it is another one
    """
    known = all(is_known(new.get(field)) for field in (*_WHERE, "value"))
    moved = not old or any(old.get(field) != new.get(field) for field in _WHERE)
    if new.text("onNewValue") not in (REFUSE, HOLD) or not known or not moved:
        return
    place, name, value = place_of(new), new.text("name"), stored_form(new.text("value"))
    if await task.secrets.seek(place, name) is not None:
        return
    if is_another(old, new):
        raise Blocked(lost(place, name))
    others = await list_all_folders(task.session, place.project_id, place.environment) if not old else []
    for other in others:
        found = await task.secrets.seek(other, name)
        if found is not None and not hmac.compare_digest(found.value.encode(), value.encode()):
            message = (
                f"{name} must never change, and {other} has another value than the one that would be seeded at "
                f"{place}. Nothing was seeded. In Infisical, add {name} to {place} with the value that is to be "
                "used there, then run `pulumi up`."
            )
            raise Blocked(message)
