"""What a kind of resource is: its attributes, how its values are drawn, how it is imported."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum

from plugins.protocol.properties import Properties, Value


class Type(Enum):
    """An attribute's type, as the schema spells it."""

    TEXT = "string"
    WHOLE = "integer"
    FLAG = "boolean"
    TEXTS = "array"
    MAP = "object"


class Replaces(Enum):
    """When a changed attribute asks for a new value, and not only for a new record of the old one."""

    ALWAYS = "always"
    UNLESS_EMPTY = "unless nothing became an empty map, or an empty map nothing"
    UNLESS_CLEARED = "unless an empty string became nothing"


@dataclass(frozen=True)
class Attribute:
    """
    One attribute of a resource, by its Pulumi name.

    :param computed: the provider's own, never an input
    :param secret: kept encrypted in the state
    :param minimum: the smallest number that is allowed
    :param twin: another name of the same setting: either one sets both
    :param deprecation: said to the user who sets it
    """

    name: str
    type: Type
    description: str
    required: bool = False
    computed: bool = False
    secret: bool = False
    default: Value = None
    minimum: int | None = None
    twin: str | None = None
    deprecation: str | None = None
    replaces: Replaces = Replaces.ALWAYS


def no_problems(inputs: Properties) -> Iterable[tuple[str, str]]:
    """The check of a kind whose attributes may be combined freely."""
    return ()


def as_recorded(values: Properties) -> Properties:
    """The upgrade of a kind whose records have always looked the same."""
    return values


@dataclass(frozen=True)
class Kind:
    """
    A kind of resource.

    Everywhere `values` holds every attribute by name, with None where there is none.

    :param generate: draws the computed values for the given inputs
    :param restore: all values out of an import id (raises ValueError with what an id looks like), or None
    :param check: what is wrong with inputs of the right types: pairs of an attribute's name and a sentence
    :param schema_version: of the records that it writes
    :param upgrade: completes values out of a record with a lower schema version
    :param identity: the attribute that is the resource's id
    :param renamed: attributes whose name in the underlying schema is not just its spelling with underscores
    """

    name: str
    description: str
    attributes: tuple[Attribute, ...]
    generate: Callable[[Properties], Properties]
    restore: Callable[[str], Properties] | None = None
    check: Callable[[Properties], Iterable[tuple[str, str]]] = no_problems
    schema_version: int = 0
    upgrade: Callable[[Properties], Properties] = as_recorded
    identity: str = "id"
    renamed: Mapping[str, str] = field(default_factory=dict)

    @property
    def token(self) -> str:
        return f"random:index/{self.name[0].lower()}{self.name[1:]}:{self.name}"

    @property
    def inputs(self) -> tuple[Attribute, ...]:
        return tuple(attribute for attribute in self.attributes if not attribute.computed)


KEEPERS = Attribute(
    "keepers",
    Type.MAP,
    "Any map of strings; a new value is drawn when it changes.",
    replaces=Replaces.UNLESS_EMPTY,
)
