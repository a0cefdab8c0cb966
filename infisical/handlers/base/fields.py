"""The inputs of a resource as data: what each must be, its default, and what its change means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from infisical.properties import is_known

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "string": (str,),
    "number": (int, float),
    "boolean": (bool,),
    "strings": (list,),
    "mapping": (dict,),
}
_TYPE_NAMES: Final = {
    "string": "a string",
    "number": "a number",
    "boolean": "a boolean",
    "strings": "a list of strings",
    "mapping": "a mapping of strings",
}


class Change(Enum):
    """What it takes to bring a new value of an input into effect."""

    UPDATE = "update"
    REPLACE = "replace"
    NOTHING = "nothing"
    """The value is only read during operations, and never causes a diff."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """
    One input.

    `rule` returns what is expected, or None for a valid value; it never repeats the value. `differs` says whether a
    new value asks for something that the old one did not. An empty value does not remove a `sticky` one.
    """

    name: str
    type: str
    doc: str
    required: bool = False
    default: Any = None
    secret: bool = False
    change: Change = Change.UPDATE
    rule: Callable[[Any], str | None] = lambda value: None
    differs: Callable[[Any, Any], bool] = lambda old, new: bool(old != new)
    sticky: bool = False


@dataclass(frozen=True)
class Failure:
    """What is wrong with an input. Pulumi shows `reason` after the field's name and value."""

    field: str
    reason: str


def check(fields: Sequence[Field], inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """What is wrong with these inputs. Values that are not known yet pass."""
    known = {field.name for field in fields}
    for name in inputs:
        if name not in known and not name.startswith("__") and name != "version":
            yield Failure(name, f"not an input of this resource; expected one of {', '.join(sorted(known))}")
    for field in fields:
        value = inputs.get(field.name)
        if value is None:
            if field.required:
                yield Failure(field.name, f"missing; expected {field.doc}")
        elif is_known(value):
            expected = _expected_type(field, value) or field.rule(value)
            if expected:
                found = "" if field.secret else f", found {value!r}"
                yield Failure(field.name, f"expected {expected}{found}")


def _expected_type(field: Field, value: Any) -> str | None:
    fits = isinstance(value, _TYPES[field.type]) and not (field.type == "number" and isinstance(value, bool))
    if fits and field.type in ("strings", "mapping"):
        entries = value if field.type == "strings" else value.values()
        fits = all(isinstance(entry, str) for entry in entries)
    return None if fits else _TYPE_NAMES[field.type]
