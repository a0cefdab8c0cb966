"""Wrong inputs are refused with the property, what was expected and what was found; strings are never shown."""

from __future__ import annotations

import pytest

from tests.plugins.random.service import Service
from tooling.plugin.properties import UNKNOWN, Properties, Unknown

SUM = "minUpper + minLower + minNumeric + minSpecial"


@pytest.mark.parametrize(
    "inputs",
    [
        {"length": 1},
        {"length": 4, "minUpper": 1, "minLower": 1, "minNumeric": 1, "minSpecial": 1},
        {"length": 4, "special": False, "minSpecial": 4, "upper": False, "lower": False, "number": False},
        {"length": 8, "number": False, "numeric": False},
        {"length": UNKNOWN, "minUpper": 9},
        {"length": 8, "minUpper": Unknown("3eeb2bf0-c639-47a8-9e75-3b44932eb421"), "minLower": 9},
        {"length": 8, "keepers": {"a": 1, "b": True, "c": UNKNOWN, "d": 0.5, "e": None}},
        {"length": 8, "keepers": UNKNOWN},
        {"length": 8, "something": "that the resource does not have"},
    ],
)
async def test_valid_inputs_pass_unchanged(service: Service, inputs: Properties) -> None:
    assert await service.check(**inputs) == []


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({}, "Missing required property 'length': expected a whole number, found nothing"),
        ({"length": None}, "Missing required property 'length': "),
        ({"length": 0}, "Attribute length value must be at least 1, got: 0. Examine values at 'thing.len"),
        ({"length": 3, "minLower": 4}, f"must be at least sum of {SUM}, got: 3. Examine values at"),
        ({"length": 3, "minLower": -1}, "Attribute minLower value must be at least 0, got: -1"),
        ({"length": "canary"}, "Attribute length: expected a whole number, found a string"),
        ({"length": 8.5}, "Attribute length: expected a whole number, found a number"),
        ({"length": True}, "Attribute length: expected a whole number, found a boolean"),
        ({"length": 8, "upper": "true"}, "Attribute upper: expected true or false, found a string"),
        ({"length": 8, "overrideSpecial": ["canary"]}, "overrideSpecial: expected a string, found a list"),
        ({"length": 8, "overrideSpecial": "canärý"}, "overrideSpecial: expected ASCII characters"),
        ({"length": 8, "keepers": "canary"}, "keepers: expected a map of strings, found a string"),
        ({"length": 8, "keepers": {"a": ["canary"]}}, "keepers: expected a map of strings, found a map with other"),
        ({"length": 8, "number": True, "numeric": False}, "Number and numeric are both configured"),
        (
            {"length": 8, "upper": False, "lower": False, "numeric": False, "special": False},
            "At least one of upper, lower, numeric and special must be true",
        ),
    ],
)
async def test_a_wrong_input_is_refused_with_the_reason(service: Service, inputs: Properties, reason: str) -> None:
    (found,) = await service.check(**inputs)

    assert reason in found
    assert "canary" not in found


async def test_every_wrong_input_is_reported(service: Service) -> None:
    found = await service.check(length=0, upper="yes", keepers=[])

    assert len(found) == 3
