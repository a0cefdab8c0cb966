"""What changed inputs mean: nothing, a new record of the same value, or a new value."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from plugins.protocol.properties import UNKNOWN, Properties, Value
from plugins.random.kind import Attribute, Kind, Replaces
from plugins.random.state import planned, recorded


@dataclass(frozen=True)
class Difference:
    """The names of the attributes that change, and of those that ask for a replacement; sorted."""

    changed: tuple[str, ...]
    replaced: tuple[str, ...]


def difference(kind: Kind, old_record: Properties, inputs: Properties, ignored: Collection[str] = ()) -> Difference:
    """Compare a record with what the inputs ask for."""
    prior = recorded(kind, old_record)
    target = planned(kind, with_ignored(old_record, inputs, ignored), prior)
    changed = [attribute for attribute in kind.attributes if prior[attribute.name] != target[attribute.name]]
    replaced = [a for a in changed if _replaces(a, prior[a.name], target[a.name])]
    return Difference(
        changed=tuple(sorted(attribute.name for attribute in changed)),
        replaced=tuple(sorted(attribute.name for attribute in replaced)),
    )


def with_ignored(old_record: Properties, inputs: Properties, ignored: Collection[str]) -> Properties:
    """
    The inputs with the ignored ones as they were.

    Paths into a map are left to the engine, which has put the old inputs there already.
    """
    kept = {name: old_record[name] for name in ignored if name in old_record}
    return {name: value for name, value in inputs.items() if name not in ignored} | kept


def _replaces(attribute: Attribute, before: Value, after: Value) -> bool:
    match attribute.replaces:
        case Replaces.ALWAYS:
            return True
        case Replaces.UNLESS_CLEARED:
            return after != UNKNOWN and not (before == "" and after is None)
        case Replaces.UNLESS_EMPTY:
            # An unknown map counts as empty, as officially: only a map that had keys is replaced by it.
            asked = {} if after in (None, UNKNOWN) else after
            if before is None:
                return any(value is not None for value in asked.values())
            # A new key that is null is none yet.
            return bool(before != {key: value for key, value in asked.items() if key in before or value is not None})
