"""
The value that a secret starts with at its place: the one in use, if there is one, and otherwise the declared one.

The value in use is the one at the place that the state knows, or else the one in the apps' Secrets.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field

from infisical import rules
from infisical.api.errors import Blocked
from infisical.api.folders import Location
from infisical.api.projects import slug_of_project
from infisical.api.secrets import StoredSecret
from infisical.handlers.base import triggers
from infisical.handlers.base.handler import Operation
from infisical.handlers.base.ids import location_of
from infisical.handlers.secret import immutable
from infisical.handlers.secret.app_copies import Copy, check_fits, copies
from infisical.handlers.secret.fingerprint import fingerprint
from infisical.handlers.secret.inputs import WHERE
from infisical.properties import Properties, is_known
from infisical.rules import stored_form

SEEDED, APP, MOVED = "seeded", "app", "moved"


@dataclass(frozen=True)
class FirstValue:
    """`value` is None if nothing holds one. `forecast` is for a preview, `done` for an update; both may be empty."""

    value: str | None = field(repr=False)
    origin: str
    forecast: str = ""
    done: str = ""
    warns: bool = False


def is_moved(old: Properties, new: Properties) -> bool:
    return bool(old) and any(old.get(name) != new.get(name) for name in WHERE)


async def first_value(operation: Operation, old: Properties, new: Properties) -> FirstValue | None:
    """
    The value to seed, or None if Infisical has one that stays.

    :param old: empty for a new resource
    :raises Blocked: several values are in use, or an immutable value would change
    :raises Unread: a Secret that may hold the value in use cannot be read
    """
    moved = is_moved(old, new)
    is_placed = all(is_known(new.get(name)) for name in WHERE)
    previous = await operation.secrets.lookup(location_of(old), old.string("name")) if moved else None
    if is_placed:
        found = await operation.secrets.lookup(location_of(new), new.string("name"))
        if found is not None:
            if moved or not old:
                await _check_same(operation, old, new, found, previous)
            return None
    if previous is not None:
        return await _moved(operation, old, new, previous)
    restored = triggers.fired(old.get("restoreTrigger"), new.get("restoreTrigger"))
    if restored and not moved and not immutable.is_immutable(new):
        return FirstValue(_declared(new), SEEDED)
    held = await copies(operation, new)
    return await (_from_app(operation, old, new, held) if held else _declared_one(operation, old, new))


async def _check_same(
    operation: Operation, old: Properties, new: Properties, found: StoredSecret, previous: StoredSecret | None
) -> None:
    """:raises Blocked: the place has a value that is not the one in use"""
    name = new.string("name")
    if previous is not None:
        if not _equal(previous.value, found.value):
            here, there = await _addresses(operation, location_of(old), location_of(new))
            if (earlier := old.string("name")) != name:
                message = (
                    f"{earlier} at {here} was not renamed to {name}: {name} at {there} already has a different value. "
                    f"Neither was changed. To keep the value of {earlier}, delete {name} in Infisical. To use the "
                    f"other value, set it for {earlier} too. Then run `pulumi up`."
                )
                raise Blocked(message)
            message = (
                f"{name} was not moved from {here} to {there}: {there} already has a different value. This secret was "
                f"not changed. To move the value in use, delete {name} at {there} in Infisical. To use the other "
                f"value, set it at {here} too. Then run `pulumi up`."
            )
            raise Blocked(message)
        return
    known = old.string("fingerprint")
    if known and fingerprint(found.value, known) == known:
        return
    location = location_of(new)
    if known and immutable.is_immutable(new):
        raise Blocked(immutable.replaced(name, location))
    if rules.references(found.value):
        return
    for copy in await copies(operation, new):
        if not _equal(copy.value, found.value) and (immutable.is_immutable(new) or not copy.managed):
            reason = "it is immutable" if immutable.is_immutable(new) else "no other copy is known"
            message = (
                f"{name} at {location} in Infisical differs from the value in use by {copy.described}, which would be "
                f"overwritten: {reason}. Nothing was changed. To keep the value in use, delete {name} at {location} in "
                "Infisical. To use Infisical's, delete that key of the Secret. Then run `pulumi up`."
            )
            raise Blocked(message)


async def _moved(operation: Operation, old: Properties, new: Properties, previous: StoredSecret) -> FirstValue:
    name = new.string("name")
    if not all(is_known(new.get(each)) for each in WHERE):
        return FirstValue(None, MOVED, f"{name} moves from {location_of(old)}, which keeps its value.")
    here, there = await _addresses(operation, location_of(old), location_of(new))
    if immutable.is_immutable(new) and not rules.references(previous.value):
        for copy in await copies(operation, new):
            if not _equal(copy.value, previous.value):
                message = (
                    f"{name} is immutable and was not moved from {here} to {there}: its value at {here} differs from "
                    f"the one in use by {copy.described}. Nothing was changed. Set the value in use at {here}, then "
                    "run `pulumi up`."
                )
                raise Blocked(message)
    if (earlier := old.string("name")) != name:
        return FirstValue(
            previous.value,
            MOVED,
            f"{name} at {there} gets the value of {earlier} at {here}, which keeps it.",
            f"{name} at {there} got the value of {earlier} at {here}. Delete {earlier} in Infisical when nothing reads "
            "it any more.",
        )
    return FirstValue(
        previous.value,
        MOVED,
        f"{name} moves from {here} to {there}. {here} keeps its value.",
        f"{name} was copied from {here} to {there}. {here} keeps its value; delete it in Infisical when nothing reads "
        "it any more.",
    )


async def _from_app(operation: Operation, old: Properties, new: Properties, held: list[Copy]) -> FirstValue:
    name, copy = new.string("name"), held[0]
    location = location_of(new)
    if different := next((other for other in held if not _equal(other.value, copy.value)), None):
        message = (
            f"{name} was not seeded: Infisical has no value at {location}, and the apps hold different ones: "
            f"{copy.described} and {different.described}. Nothing was changed. Add {name} with the value to use to "
            f"{location} in Infisical, then run `pulumi up`."
        )
        raise Blocked(message)
    check_fits(name, copy)
    declared = _declared(new)
    same = declared is not None and _equal(copy.value, declared)
    if immutable.is_immutable(new):
        await immutable.check_copy(operation, old, new, copy.value, str(copy), given_differs=not same)
    if same:
        return FirstValue(declared, SEEDED)
    return FirstValue(
        copy.value,
        APP,
        f"{name}: Infisical has no value. The value in use in {copy} will be seeded.",
        f"{name}: Infisical had no value. The value in use in {copy} was seeded.",
    )


async def _declared_one(operation: Operation, old: Properties, new: Properties) -> FirstValue:
    name, declared, known = new.string("name"), _declared(new), old.string("fingerprint")
    if declared is None:
        return FirstValue(None, "missing" if new.get("value") is None else SEEDED)
    if immutable.differs(old, new):
        raise Blocked(immutable.lost(location_of(old), name))
    if immutable.is_immutable(new) and not old:
        await immutable.check_elsewhere(operation, new, declared)
    if known and fingerprint(declared, known) != known:
        # Whatever replaced the declared value is lost with Infisical's copy.
        warning = (
            f"{name} had a different value in Infisical, which is lost, and no app's Secret holds it. The declared "
            "value {} seeded."
        )
        return FirstValue(declared, SEEDED, warning.format("will be"), warning.format("was"), warns=True)
    return FirstValue(declared, SEEDED)


async def _addresses(operation: Operation, old: Location, new: Location) -> tuple[str, str]:
    if old.project_id == new.project_id:
        return str(old), str(new)
    slugs = [await slug_of_project(operation.session, each.project_id) for each in (old, new)]
    return f"{old} of project {slugs[0]}", f"{new} of project {slugs[1]}"


def _declared(new: Properties) -> str | None:
    """None if there is no declared value, or if a preview does not know it yet."""
    value = new.get("value")
    return stored_form(value) if isinstance(value, str) else None


def _equal(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())
