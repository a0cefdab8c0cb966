"""
The types of a command's inputs, and the check of given inputs.

Any value may be secret or unknown; an unknown value is valid.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from plugins.command import INSTALL
from plugins.command.output import LOGGING
from plugins.command.text import is_text
from tooling.plugin.properties import (
    ARCHIVE_SIGNATURE,
    ASSET_SIGNATURE,
    UNKNOWN,
    Output,
    Properties,
    Secret,
    Special,
    Unknown,
    Value,
    parts,
    transform,
)

FILES = (ASSET_SIGNATURE, ARCHIVE_SIGNATURE)

Problems = Iterator[tuple[str, str]]
"""Pairs of a property's path and what is wrong with it."""


@dataclass(frozen=True)
class Type:
    """Any value; subclasses restrict it."""

    name: str = "any value"

    def fits(self, value: Value) -> bool:
        return True

    def problems(self, value: Value, path: str) -> Problems:
        """What is wrong with `value`, which is not secret and known at its top."""
        if not self.fits(value):
            yield path, f"expected {self.name}, found {_kind(value)}"


@dataclass(frozen=True)
class WithoutFiles(Type):
    name: str = "a value without assets and archives"

    def fits(self, value: Value) -> bool:
        return not any(isinstance(part, Special) and part.signature in FILES for part in parts(value))


@dataclass(frozen=True)
class Text(Type):
    name: str = "a string"

    def fits(self, value: Value) -> bool:
        return is_text(value)


@dataclass(frozen=True)
class Boolean(Type):
    name: str = "a boolean"

    def fits(self, value: Value) -> bool:
        return isinstance(value, bool)


@dataclass(frozen=True)
class OneOf(Type):
    choices: tuple[str, ...] = ()

    def problems(self, value: Value, path: str) -> Problems:
        if value not in self.choices:
            found = repr(value) if isinstance(value, str) else _kind(value)
            yield path, f"expected one of {', '.join(self.choices)}, found {found}"


@dataclass(frozen=True)
class ListOf(Type):
    name: str = "a list"
    item: Type = Type()

    def fits(self, value: Value) -> bool:
        return isinstance(value, list)

    def problems(self, value: Value, path: str) -> Problems:
        yield from super().problems(value, path)
        if isinstance(value, list):
            for index, item in enumerate(value):
                yield from _inside(self.item, item, f"{path}[{index}]")


@dataclass(frozen=True)
class MapOf(Type):
    name: str = "an object"
    item: Type = Type()

    def fits(self, value: Value) -> bool:
        return isinstance(value, dict)

    def problems(self, value: Value, path: str) -> Problems:
        yield from super().problems(value, path)
        if isinstance(value, dict):
            for key, item in value.items():
                yield from _inside(self.item, item, f"{path}.{key}")


@dataclass(frozen=True)
class Unsupported(Type):
    """An input of the official provider that this one refuses."""

    def problems(self, value: Value, path: str) -> Problems:
        yield path, f"is not supported by this Python provider. Remove it, or {INSTALL}"


@dataclass(frozen=True)
class Object:
    """An object with named fields."""

    fields: Mapping[str, Type] = field(default_factory=dict)

    def problems(self, inputs: Properties) -> Problems:
        for key, value in sorted(inputs.items()):
            if key in self.fields:
                yield from _inside(self.fields[key], value, key)
            else:
                supported = sorted(name for name, kind in self.fields.items() if not isinstance(kind, Unsupported))
                yield key, f"is not an input; expected one of {', '.join(supported)}"


def _inside(kind: Type, value: Value, path: str) -> Problems:
    if isinstance(value, Secret):
        yield from _inside(kind, value.value, path)
    elif not isinstance(value, Unknown):
        yield from kind.problems(value, path)


def _kind(value: Value) -> str:
    # Never the value itself: it may be a secret in the wrong input.
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case list():
            return "a list"
        case dict():
            return "an object"
        case Special():
            return "an asset, an archive or a resource"
        case _:
            return "a string"


def settled(inputs: Properties) -> Properties:
    """
    Return the inputs with outputs replaced by their values, and without top-level nulls.

    The official provider accepts outputs and answers with plain values.
    """

    def plain(part: Value) -> Value:
        if not isinstance(part, Output):
            return part
        value = part.value if part.known else UNKNOWN
        return Secret(value) if part.secret else value

    return {key: transform(value, plain) for key, value in inputs.items() if value is not None}


TEXT = Text()

LOCAL_COMMAND = Object(
    fields={
        "create": TEXT,
        "update": TEXT,
        "delete": TEXT,
        "triggers": ListOf(item=WithoutFiles()),
        "environment": MapOf(item=TEXT),
        "stdin": TEXT,
        "addPreviousOutputInEnv": Boolean(),
        "logging": OneOf(choices=tuple(LOGGING)),
        "interpreter": ListOf(item=TEXT),
        "dir": TEXT,
        "assetPaths": Unsupported(),
        "archivePaths": Unsupported(),
    }
)
