"""
Check of the inputs, before anything is drawn.

Sentences that the official provider has are quoted from it. Like the official provider, this one ignores inputs that
the resource does not have. No message shows a string, which might be a secret.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from plugins.random.attributes import INPUTS, Attribute, Type
from plugins.random.password import CLASSES
from plugins.random.state import configured
from tooling.plugin.properties import UNKNOWN, Properties, Unknown, Value

FITS: dict[Type, Callable[[Value], bool]] = {
    Type.STRING: lambda value: isinstance(value, str),
    Type.INTEGER: lambda value: isinstance(value, int) and not isinstance(value, bool),
    Type.BOOLEAN: lambda value: isinstance(value, bool),
    Type.MAP: lambda value: isinstance(value, dict) and all(map(_is_string, value.values())),
}


def problems(name: str, inputs: Properties) -> list[str]:
    """Return every problem with the inputs of the resource `name`."""
    given = configured(inputs)
    found = [problem for attribute in INPUTS for problem in _attribute(attribute, name, given[attribute.name])]
    # The combinations can be checked only if each input has the right type.
    return found or [_located(sentence, name, place) for place, sentence in _combinations(given)]


def _attribute(attribute: Attribute, name: str, value: Value) -> Iterator[str]:
    if value is None:
        if attribute.required:
            yield f"Missing required property '{attribute.name}': expected {attribute.type.value}, found nothing"
        return
    if value == UNKNOWN:
        return
    if not FITS[attribute.type](value):
        sentence = (
            f"Invalid Attribute Value. Attribute {attribute.name}: expected {attribute.type.value},"
            f" found {_type_name(value)}"
        )
        yield _located(sentence, name, attribute.name)
    elif attribute.minimum is not None and value < attribute.minimum:
        sentence = (
            f"Invalid Attribute Value. Attribute {attribute.name} value must be at least {attribute.minimum},"
            f" got: {value}"
        )
        yield _located(sentence, name, attribute.name)


def _combinations(inputs: Properties) -> Iterator[tuple[str, str]]:
    """Yield the problems between inputs: the input to change, and the sentence."""
    number, numeric = inputs["number"], inputs["numeric"]
    if isinstance(number, bool) and isinstance(numeric, bool) and number != numeric:
        yield (
            "number",
            "Number and numeric are both configured with different values. Number is deprecated, use numeric instead",
        )
    override = inputs["overrideSpecial"]
    if isinstance(override, str) and not override.isascii():
        yield (
            "overrideSpecial",
            "Invalid Attribute Value. Attribute overrideSpecial: expected ASCII characters, found others:"
            " length counts bytes, so a character of several bytes could be split",
        )

    length = inputs["length"]
    minimums = [inputs[name] or 0 for _, name, _ in CLASSES]
    if length is None or UNKNOWN in (length, *minimums):
        return
    if length < sum(minimums):
        names = " + ".join(name for _, name, _ in CLASSES)
        yield (
            "length",
            f"Invalid Attribute Value. Attribute length value must be at least sum of {names}, got: {length}",
        )
    chosen = [inputs[name] if name != "numeric" or numeric is not None else number for name, _, _ in CLASSES]
    if length > sum(minimums) and all(each is False for each in chosen):
        yield (
            "special",
            "Invalid Attribute Combination. At least one of upper, lower, numeric and special must be true",
        )


def _located(sentence: str, name: str, place: str) -> str:
    return f"{sentence}. Examine values at '{name}.{place}'."


def _is_string(value: Value) -> bool:
    return value is None or isinstance(value, str | Unknown)


def _type_name(value: Value) -> str:
    match value:
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return "a string"
        case list():
            return "a list"
        case dict():
            return "a map of strings" if all(map(_is_string, value.values())) else "a map with other values"
        case _:
            return "an asset, an archive or a resource"
