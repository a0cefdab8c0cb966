"""RandomPet: as many words as asked for, with the separator between them and the prefix in front."""

from __future__ import annotations

import pytest

from plugins.protocol.properties import Properties
from tests.plugins.random.service import Service


@pytest.mark.parametrize(
    ("inputs", "separator", "words"),
    [
        ({}, "-", 2),
        ({"length": 1}, "-", 1),
        ({"length": 5, "separator": "_"}, "_", 5),
        ({"separator": ".", "prefix": "home"}, ".", 3),
    ],
)
async def test_a_name_has_its_words(service: Service, inputs: Properties, separator: str, words: int) -> None:
    id, outputs = await service.create("Pet", **inputs)

    parts = id.split(separator)
    assert len(parts) == words
    assert all(part.isalpha() and part.islower() for part in parts)
    assert outputs["id"] == id
    assert outputs["length"] == inputs.get("length", 2)
    assert outputs["separator"] == separator
    assert outputs.get("prefix") == inputs.get("prefix")
    if "prefix" in inputs:
        assert parts[0] == inputs["prefix"]


async def test_an_empty_separator_joins_the_words(service: Service) -> None:
    id, _ = await service.create("Pet", separator="", length=3)

    assert id.isalpha()


async def test_names_differ(service: Service) -> None:
    assert len({(await service.create("Pet", length=4))[0] for _ in range(10)}) == 10
