"""
What a command takes: the types of its inputs, their defaults, and what is wrong with given ones.

Values may be secret or not known yet anywhere; what is not known is not wrong.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from plugins.command.output import LOGGING
from plugins.command.text import is_text
from plugins.protocol.properties import UNKNOWN, Output, Properties, Secret, Special, Unknown, Value, transform

Problems = Iterator[tuple[str, str]]
"""Pairs of a property's path and what is wrong with it."""


@dataclass(frozen=True)
class Type:
    """Anything; its subclasses allow less."""

    name: str = "any value"

    def fits(self, value: Value) -> bool:
        return True

    def problems(self, value: Value, path: str) -> Problems:
        """What is wrong with `value`, which is not secret and known at its top."""
        if not self.fits(value):
            yield path, f"must be {self.name}, got {_kind(value)}"


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
class Number(Type):
    name: str = "a number"

    def fits(self, value: Value) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)


@dataclass(frozen=True)
class OneOf(Type):
    choices: tuple[str, ...] = ()

    def problems(self, value: Value, path: str) -> Problems:
        if value not in self.choices:
            seen = repr(value) if isinstance(value, str) else _kind(value)
            yield path, f"must be one of {', '.join(self.choices)}, got {seen}"


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
class Object(MapOf):
    """An object with named fields; `defaults` fill those that are not given."""

    fields: Mapping[str, Type] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    secret: frozenset[str] = frozenset()

    def problems(self, value: Value, path: str) -> Problems:
        if not isinstance(value, dict):
            yield path, f"must be {self.name}, got {_kind(value)}"
            return
        prefix = f"{path}." if path else ""
        for key in sorted(self.required - {key for key, item in value.items() if item is not None}):
            yield prefix + key, "is required and not set"
        for key, item in value.items():
            if key not in self.fields:
                yield prefix + key, f"is not an input; the inputs are {', '.join(sorted(self.fields))}"
            elif item is not None:
                yield from _inside(self.fields[key], item, prefix + key)


def _inside(kind: Type, value: Value, path: str) -> Problems:
    if isinstance(value, Secret):
        yield from _inside(kind, value.value, path)
    elif not isinstance(value, Unknown):
        yield from kind.problems(value, path)


def _kind(value: Value) -> str:
    # Never the value itself, which may be a secret in the wrong place.
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
    The inputs with outputs as the values that they hold, and without nulls at the top.

    The official provider takes outputs and answers with plain values.
    """

    def plain(part: Value) -> Value:
        if not isinstance(part, Output):
            return part
        value = part.value if part.known else UNKNOWN
        return Secret(value) if part.secret else value

    return {key: transform(value, plain) for key, value in inputs.items() if value is not None}


def completed(kind: Object, inputs: Properties) -> Properties:
    """The inputs with the defaults of their objects, and with what is secret by nature marked."""
    filled = {
        key: _completed(kind.fields[key], value) if key in kind.fields else value for key, value in inputs.items()
    }
    for key, default in kind.defaults.items():
        filled.setdefault(key, default)
    return {
        key: Secret(value) if key in kind.secret and not isinstance(value, Secret) else value
        for key, value in filled.items()
    }


def _completed(kind: Type, value: Value) -> Value:
    if isinstance(value, Secret):
        return Secret(_completed(kind, value.value))
    if isinstance(kind, Object) and isinstance(value, dict):
        return completed(kind, value)
    return value


TEXT = Text()

_HOST: dict[str, Type] = {
    "host": TEXT,
    "user": TEXT,
    "port": Number(),
    "password": TEXT,
    "privateKey": TEXT,
    "privateKeyPassword": TEXT,
    "agentSocketPath": TEXT,
    "dialErrorLimit": Number(),
    "perDialTimeout": Number(),
    "hostKey": TEXT,
}
_HOST_DEFAULTS = {"user": "root", "port": 22, "dialErrorLimit": 10, "perDialTimeout": 15}

PROXY = Object(fields=_HOST, required=frozenset({"host"}), defaults=_HOST_DEFAULTS)
CONNECTION = Object(fields={**_HOST, "proxy": PROXY}, required=frozenset({"host"}), defaults=_HOST_DEFAULTS)

_ANY_RUN: dict[str, Type] = {
    "environment": MapOf(item=TEXT),
    "stdin": TEXT,
    "addPreviousOutputInEnv": Boolean(),
    "logging": OneOf(choices=tuple(LOGGING)),
}
_LOCAL_RUN: dict[str, Type] = {
    **_ANY_RUN,
    "interpreter": ListOf(item=TEXT),
    "dir": TEXT,
    "assetPaths": ListOf(item=TEXT),
    "archivePaths": ListOf(item=TEXT),
}
_LIFE: dict[str, Type] = {"create": TEXT, "update": TEXT, "delete": TEXT, "triggers": ListOf()}

LOCAL_COMMAND = Object(fields={**_LOCAL_RUN, **_LIFE})
LOCAL_RUN = Object(fields={**_LOCAL_RUN, "command": TEXT}, required=frozenset({"command"}))
REMOTE_COMMAND = Object(
    fields={**_ANY_RUN, **_LIFE, "connection": CONNECTION},
    required=frozenset({"connection"}),
    secret=frozenset({"connection"}),
)
