"""
What is wrong with a resource's inputs, before anything is drawn.

The sentences are the official ones where it has them. Inputs that a kind does not have pass unseen, as officially:
programs in typed languages cannot give them. No sentence shows a text, which might be a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plugins.protocol.properties import UNKNOWN, Properties, Unknown, Value
from plugins.random.kind import Attribute, Kind, Type
from plugins.random.state import configured

IS: dict[Type, tuple[str, Callable[[Value], bool]]] = {
    Type.TEXT: ("a string", lambda value: isinstance(value, str)),
    Type.WHOLE: ("a whole number", lambda value: isinstance(value, int) and not isinstance(value, bool)),
    Type.FLAG: ("true or false", lambda value: isinstance(value, bool)),
    Type.TEXTS: ("a list of strings", lambda value: isinstance(value, list) and all(map(_is_text, value))),
    Type.MAP: ("a map of strings", lambda value: isinstance(value, dict) and all(map(_is_text, value.values()))),
}


def problems(kind: Kind, name: str, inputs: Properties) -> list[str]:
    """All that is wrong with the inputs of the resource `name`; empty if nothing is."""
    given = configured(kind, inputs)
    found = [problem for attribute in kind.inputs for problem in _attribute(attribute, name, given[attribute.name])]
    # Rules between attributes can be told only where each attribute is what it should be.
    return found or [_located(sentence, name, place) for place, sentence in kind.check(given)]


def _attribute(attribute: Attribute, name: str, value: Value) -> Iterator[str]:
    if value is None:
        if attribute.required:
            yield f"Missing required property '{attribute.name}': {attribute.description}"
        return
    if value == UNKNOWN:
        return
    what, holds = IS[attribute.type]
    if not holds(value):
        sentence = f"Invalid Attribute Value. Attribute {attribute.name} must be {what}, got: a {_type_name(value)}"
        yield _located(sentence, name, attribute.name)
    elif attribute.minimum is not None and value < attribute.minimum:
        sentence = (
            f"Invalid Attribute Value. Attribute {attribute.name} value must be at least {attribute.minimum},"
            f" got: {value}"
        )
        yield _located(sentence, name, attribute.name)


def _located(sentence: str, name: str, place: str) -> str:
    return f"{sentence}. Examine values at '{name}.{place}'."


def _is_text(value: Value) -> bool:
    return value is None or isinstance(value, str | Unknown)


def _type_name(value: Value) -> str:
    match value:
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case str():
            return "string"
        case list():
            return "list" if all(map(_is_text, value)) else "list that holds something else"
        case dict():
            return "map" if all(map(_is_text, value.values())) else "map that holds something else"
        case _:
            return type(value).__name__
