"""What changed inputs mean: nothing, a new record of the same password, or a new password."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from plugins.random.attributes import ATTRIBUTES, Attribute, Replaces
from plugins.random.state import planned, recorded
from tooling.plugin.properties import UNKNOWN, Properties, Value


@dataclass(frozen=True)
class Difference:
    """The sorted names of the attributes that change, and of those that need a new password."""

    changed: tuple[str, ...]
    replaced: tuple[str, ...]


def difference(old_record: Properties, inputs: Properties, ignored: Collection[str] = ()) -> Difference:
    """Compare a record with the inputs."""
    prior = recorded(old_record)
    target = planned(with_ignored(old_record, inputs, ignored), prior)
    changed = [attribute for attribute in ATTRIBUTES if prior[attribute.name] != target[attribute.name]]
    replaced = [a for a in changed if _replaces(a, prior[a.name], target[a.name])]
    return Difference(
        changed=tuple(sorted(attribute.name for attribute in changed)),
        replaced=tuple(sorted(attribute.name for attribute in replaced)),
    )


def with_ignored(old_record: Properties, inputs: Properties, ignored: Collection[str]) -> Properties:
    """
    Return the inputs with the old values of the ignored ones.

    For a path into a map, the engine has already inserted the old input.
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
            # As in the official provider, an unknown map counts as empty: only a map that had keys is replaced by it.
            wanted = {} if after in (None, UNKNOWN) else after
            if before is None:
                return any(value is not None for value in wanted.values())
            # A new key with a null is not a key yet.
            kept = {key: value for key, value in wanted.items() if key in before or value is not None}
            return bool(before != kept)
