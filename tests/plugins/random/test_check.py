"""Wrong inputs are refused with the property, what is allowed and what was seen; texts are never shown."""

from __future__ import annotations

import pytest

from plugins.protocol.properties import UNKNOWN, Properties, Unknown
from tests.plugins.random.service import Service

SUM = "minUpper + minLower + minNumeric + minSpecial"


@pytest.mark.parametrize(
    ("kind", "inputs"),
    [
        ("Password", {"length": 1}),
        ("Password", {"length": 4, "minUpper": 1, "minLower": 1, "minNumeric": 1, "minSpecial": 1}),
        ("Password", {"length": 4, "special": False, "minSpecial": 4, "upper": False, "lower": False, "number": False}),
        ("Password", {"length": 8, "number": False, "numeric": False}),
        ("Password", {"length": UNKNOWN, "minUpper": 9}),
        ("Password", {"length": 8, "minUpper": Unknown("3eeb2bf0-c639-47a8-9e75-3b44932eb421"), "minLower": 9}),
        ("Password", {"length": 8, "keepers": {"a": 1, "b": True, "c": UNKNOWN, "d": 0.5, "e": None}}),
        ("Password", {"length": 8, "something": "that no kind has"}),
        ("Bytes", {"length": 1}),
        ("Uuid", {}),
        ("Uuid", {"keepers": UNKNOWN}),
        ("Pet", {"length": 1, "separator": "", "prefix": ""}),
        ("Integer", {"min": 3, "max": 3}),
        ("Integer", {"min": 3, "max": UNKNOWN}),
        ("Shuffle", {"inputs": []}),
        ("Shuffle", {"inputs": ["a", UNKNOWN], "resultCount": 0}),
    ],
)
async def test_right_inputs_pass_unchanged(service: Service, kind: str, inputs: Properties) -> None:
    assert await service.check(kind, **inputs) == []


@pytest.mark.parametrize(
    ("kind", "inputs", "reasons"),
    [
        ("Password", {}, ["Missing required property 'length': "]),
        ("Integer", {}, ["Missing required property 'max': ", "Missing required property 'min': "]),
        ("Shuffle", {}, ["Missing required property 'inputs': "]),
        ("Id", {"length": 3}, ["Missing required property 'byteLength': "]),
        ("Bytes", {"length": None}, ["Missing required property 'length': "]),
        ("String", {"length": 0}, ["Attribute length value must be at least 1, got: 0. Examine values at 'thing.len"]),
        ("Password", {"length": 3, "minLower": 4}, [f"must be at least sum of {SUM}, got: 3. Examine values at"]),
        ("Password", {"length": 3, "minLower": -1}, ["Attribute minLower value must be at least 0, got: -1"]),
        ("Password", {"length": "canary"}, ["Attribute length must be a whole number, got: a string"]),
        ("Password", {"length": 8.5}, ["Attribute length must be a whole number, got: a number"]),
        ("Password", {"length": True}, ["Attribute length must be a whole number, got: a boolean"]),
        ("Password", {"length": 8, "upper": "true"}, ["Attribute upper must be true or false, got: a string"]),
        ("Password", {"length": 8, "overrideSpecial": ["canary"]}, ["overrideSpecial must be a string, got: a list"]),
        ("Password", {"length": 8, "overrideSpecial": "canärý"}, ["overrideSpecial must hold ASCII characters only"]),
        ("Password", {"length": 8, "keepers": "canary"}, ["keepers must be a map of strings, got: a string"]),
        ("Password", {"length": 8, "keepers": {"a": ["canary"]}}, ["got: a map that holds something else"]),
        ("Password", {"length": 8, "number": True, "numeric": False}, ["Number and numeric are both configured"]),
        (
            "Password",
            {"length": 8, "upper": False, "lower": False, "numeric": False, "special": False},
            ["At least one of upper, lower, numeric and special must be true"],
        ),
        ("Pet", {"length": 0}, ["Attribute length value must be at least 1, got: 0"]),
        ("Integer", {"min": 3, "max": 2}, ["The minimum (min) value needs to be smaller than or equal to maximum"]),
        ("Shuffle", {"inputs": "canary"}, ["Attribute inputs must be a list of strings, got: a string"]),
        ("Shuffle", {"inputs": ["a", ["canary"]]}, ["got: a list that holds something else"]),
        ("Shuffle", {"inputs": ["a"], "resultCount": -1}, ["resultCount value must be at least 0, got: -1"]),
    ],
)
async def test_wrong_inputs_are_refused_with_the_reason(
    service: Service, kind: str, inputs: Properties, reasons: list[str]
) -> None:
    said = await service.check(kind, **inputs)

    assert len(said) == len(reasons), said
    assert all(reason in text for reason, text in zip(reasons, said, strict=True)), said
    assert "canary" not in "".join(said)
