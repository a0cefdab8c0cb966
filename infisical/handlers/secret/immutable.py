"""Immutable values: each is seeded with the value that is in use, or not at all."""

from __future__ import annotations

import hmac
from typing import Final

from infisical.api.errors import Blocked
from infisical.api.folders import Location, list_all_folders
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Operation
from infisical.handlers.base.ids import location_of
from infisical.handlers.secret.fingerprint import fingerprint
from infisical.properties import Properties, is_known
from infisical.rules import folder_path, stored_form

REFUSE: Final = "refuse"
HOLD: Final = "hold"
"""The values of `onNewValue` that make a secret immutable."""

OTHERS: Final = Field(
    name="otherFolders",
    type="strings",
    change=Change.NOTHING,
    rule=lambda paths: next((f"paths of {wrong}" for wrong in map(folder_path, paths) if wrong), None),
    doc="the folders that hold a different secret of the same name, which an immutable value is not compared with",
)


def is_immutable(new: Properties) -> bool:
    return new.string("onNewValue") in (REFUSE, HOLD)


def differs(old: Properties, new: Properties) -> bool:
    """Whether the secret is immutable, and the new value is not the last known one of Infisical."""
    known = old.string("fingerprint")
    if not is_immutable(new) or not known or not isinstance(new.get("value"), str):
        return False
    return fingerprint(stored_form(new.string("value")), known) != known


def lost(location: Location, name: str) -> str:
    return (
        f"{name} is immutable and was deleted in Infisical ({location}), and the declared value differs from the "
        "deleted one. Nothing was seeded. Declare the deleted value, from a backup or from where it is in use, then "
        "run `pulumi up`."
    )


def replaced(name: str, location: Location) -> str:
    return (
        f"{name} is immutable, and its value at {location} in Infisical differs from the last one in use. Nothing was "
        f"changed. Set the value in use at {location}, or delete {name} there, then run `pulumi up`."
    )


async def check_copy(
    operation: Operation, old: Properties, new: Properties, value: str, where: str, *, given_differs: bool
) -> None:
    """
    Compare the value that an app uses with all others, before it is seeded.

    :param given_differs: whether the declared value is a different one
    :raises Blocked: they differ
    """
    name, known = new.string("name"), old.string("fingerprint")
    if known and fingerprint(value, known) != known:
        message = (
            f"{name} is immutable, and its value in {where} differs from the last one in Infisical. Nothing was "
            f"seeded. Add {name} to {location_of(new)} in Infisical with the value to use, then run `pulumi up`."
        )
        raise Blocked(message)
    if given_differs and new.string("onNewValue") == REFUSE and is_known(new.get("value")):
        message = (
            f"{name} is immutable, and its value in the stack config differs from the one in use in {where}. Nothing "
            "was changed. Remove the value from the stack config, or set the one in use, then run `pulumi up`."
        )
        raise Blocked(message)
    if not old:
        await check_elsewhere(operation, new, value)


async def check_elsewhere(operation: Operation, new: Properties, value: str) -> None:
    """
    Compare a value with those of the same name in other folders: it may be in use there.

    :raises Blocked: they differ
    """
    if not is_known(new.get("projectId")):
        return
    location, name = location_of(new), new.string("name")
    others = await list_all_folders(operation.session, location.project_id, location.environment)
    for other in others:
        found = None if other.path in new.strings(OTHERS.name) else await operation.secrets.lookup(other, name)
        if found is not None and not hmac.compare_digest(found.value.encode(), value.encode()):
            message = (
                f"{name} is immutable, and its value at {other} differs from the one to seed at {location}. Nothing "
                f"was seeded. Add {name} to {location} in Infisical with the value to use, then run `pulumi up`."
            )
            raise Blocked(message)
