"""The inputs and outputs of RandomPassword."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from tooling.plugin.properties import Value

SCHEMA_VERSION = 3
"""Of the records that the official provider writes into the state."""


class Type(Enum):
    STRING = "a string"
    INTEGER = "a whole number"
    BOOLEAN = "true or false"
    MAP = "a map of strings"


class Replaces(Enum):
    """When a changed input needs a new password, and not only a new record of the old one."""

    ALWAYS = "always"
    UNLESS_EMPTY = "unless nothing became an empty map, or an empty map nothing"
    UNLESS_CLEARED = "unless an empty string became nothing"


@dataclass(frozen=True)
class Attribute:
    """
    One input or output, by its Pulumi name.

    :param computed: an output, never an input
    :param secret: kept encrypted in the state
    :param twin: another name of the same input: either one sets both
    :param deprecation: shown to the user who sets it
    """

    name: str
    type: Type
    required: bool = False
    computed: bool = False
    secret: bool = False
    default: Value = None
    minimum: int | None = None
    twin: str | None = None
    deprecation: str | None = None
    replaces: Replaces = Replaces.ALWAYS


def _allowed(name: str, twin: str | None = None, deprecation: str | None = None) -> Attribute:
    return Attribute(name, Type.BOOLEAN, default=True, twin=twin, deprecation=deprecation)


def _minimum(name: str) -> Attribute:
    return Attribute(name, Type.INTEGER, default=0, minimum=0)


INPUTS = (
    Attribute("keepers", Type.MAP, replaces=Replaces.UNLESS_EMPTY),
    Attribute("length", Type.INTEGER, required=True, minimum=1),
    _allowed("lower"),
    _minimum("minLower"),
    _minimum("minNumeric"),
    _minimum("minSpecial"),
    _minimum("minUpper"),
    _allowed("number", twin="numeric", deprecation="**NOTE**: This is deprecated, use `numeric` instead."),
    _allowed("numeric", twin="number"),
    Attribute("overrideSpecial", Type.STRING, replaces=Replaces.UNLESS_CLEARED),
    _allowed("special"),
    _allowed("upper"),
)

ATTRIBUTES = (
    *INPUTS,
    Attribute("result", Type.STRING, computed=True, secret=True),
    # Of the first 72 bytes of the result.
    Attribute("bcryptHash", Type.STRING, computed=True, secret=True),
    # Always `none`.
    Attribute("id", Type.STRING, computed=True),
)
