"""The inputs of a kind, as data: what each must be, what it is by default, and what its change means."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from infisical.handlers.properties import is_known

_TYPES: Final[dict[str, tuple[type, ...]]] = {
    "text": (str,),
    "number": (int, float),
    "flag": (bool,),
    "texts": (list,),
    "mapping": (dict,),
}


class Change(Enum):
    """What it takes to bring another value of an input into effect."""

    UPDATE = "update"
    REPLACE = "replace"
    NOTHING = "nothing"
    """The value is looked at on the way only, and never makes a resource differ."""


@dataclass(frozen=True, kw_only=True)
class Field:
    """
    One input. `allowed` says None to a good value, else what is allowed; it never repeats the value.

    `differs` tells whether a new value asks for something that the old one did not. One that `stays` is not taken away
    by an empty value: given again, it is the same one.
    """

    name: str
    type: str
    doc: str
    required: bool = False
    default: Any = None
    secret: bool = False
    change: Change = Change.UPDATE
    allowed: Callable[[Any], str | None] = lambda value: None
    differs: Callable[[Any, Any], bool] = lambda old, new: bool(old != new)
    stays: bool = False


@dataclass(frozen=True)
class Failure:
    """What is wrong with an input."""

    field: str
    reason: str


def check(fields: Sequence[Field], inputs: Mapping[str, Any]) -> Iterator[Failure]:
    """What is wrong with these inputs; what is not known yet is taken for good."""
    known = {field.name for field in fields}
    for name in inputs:
        if name not in known and not name.startswith("__") and name != "version":
            yield Failure(name, f"is no argument of this resource; there are: {', '.join(sorted(known))}")
    for field in fields:
        value = inputs.get(field.name)
        if value is None:
            if field.required:
                yield Failure(field.name, f"is missing: {field.doc}")
        elif is_known(value):
            problem = _type_problem(field, value) or field.allowed(value)
            if problem:
                seen = "" if field.secret else f"is {value!r}, but "
                yield Failure(field.name, f"{seen}must be {problem}")


def _type_problem(field: Field, value: Any) -> str | None:
    fits = isinstance(value, _TYPES[field.type]) and not (field.type == "number" and isinstance(value, bool))
    if fits and field.type in ("texts", "mapping"):
        entries = value if field.type == "texts" else value.values()
        fits = all(isinstance(entry, str) for entry in entries)
    names = {"texts": "a list of texts", "mapping": "a mapping of texts", "flag": "true or false"}
    return None if fits else names.get(field.type, f"a {field.type}")
