"""
The detailed difference between the live object and the new inputs.

Paths and kinds are those of the official provider, which derives them from a JSON merge patch.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from pulumi.runtime.proto import provider_pb2

from plugins.kubernetes.objects.paths import Path, parse_path, path_text
from tooling.plugin.properties import Unknown

ADD = provider_pb2.PropertyDiff.ADD
DELETE = provider_pb2.PropertyDiff.DELETE
UPDATE = provider_pb2.PropertyDiff.UPDATE
REPLACING = {
    ADD: provider_pb2.PropertyDiff.ADD_REPLACE,
    DELETE: provider_pb2.PropertyDiff.DELETE_REPLACE,
    UPDATE: provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class _Absent(Enum):
    ABSENT = auto()


ABSENT = _Absent.ABSENT


@dataclass(frozen=True)
class Change:
    """One property that differs; `of_inputs` if only the old inputs had it."""

    path: Path
    kind: provider_pb2.PropertyDiff.Kind.ValueType
    of_inputs: bool = False

    @property
    def name(self) -> str:
        return path_text(self.path)

    @property
    def replaces(self) -> bool:
        # Without its metadata an object has no identity.
        return self.kind in REPLACING.values() or (self.kind == DELETE and self.name == "metadata")


def changes(old: Mapping[str, Any], new: Mapping[str, Any], immutable: Iterable[str]) -> list[Change]:
    """The changes, sorted by path; a change of an immutable field is a replacement."""
    patterns = [parse_path(field) for field in immutable]
    found = [_judged(change, value, patterns) for change, value in _between((), old, new)]
    return sorted(found, key=lambda change: change.name)


def _between(path: Path, old: Any, new: Any) -> Iterable[tuple[Change, Any]]:
    """Changes, each with its new value; None for a deletion."""
    if isinstance(new, Unknown):
        yield Change(path, ADD if old is ABSENT else UPDATE), None
    elif new is ABSENT:
        yield Change(path, DELETE, of_inputs=True), None
    elif old is ABSENT:
        yield Change(path, ADD), new
    elif isinstance(old, Mapping) and isinstance(new, Mapping):
        for key in {**old, **new}:
            yield from _between((*path, key), old.get(key, ABSENT), new.get(key, ABSENT))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            yield from _between((*path, index), _item(old, index), _item(new, index))
    elif not _equal(old, new):
        yield Change(path, UPDATE), new


def _item(items: Sequence[Any], index: int) -> Any:
    return items[index] if index < len(items) else ABSENT


def _equal(old: Any, new: Any) -> bool:
    if isinstance(old, bool) or isinstance(new, bool):
        return old is new
    return bool(old == new)


def _judged(change: Change, value: Any, patterns: list[Path]) -> Change:
    if any(_reaches(pattern, change.path, value) for pattern in patterns):
        return Change(change.path, REPLACING[change.kind], change.of_inputs)
    return change


def _reaches(pattern: Path, path: Path, value: Any) -> bool:
    """Whether the field is the changed property, contains it, or is in its new value."""
    if pattern[: len(path)] != path[: len(pattern)]:
        return False
    return len(pattern) <= len(path) or _holds(value, pattern[len(path) :])


def _holds(value: Any, pattern: Path) -> bool:
    for key in pattern:
        if not isinstance(value, Mapping) or key not in value:
            return False
        value = value[key]
    return True
