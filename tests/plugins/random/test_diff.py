"""Which change asks for a new value, which only for a new record, and which is none."""

from __future__ import annotations

import pytest

from plugins.protocol.properties import UNKNOWN, Properties, reveal
from tests.plugins.random.service import Service

PASSWORD = {"length": 16}


@pytest.mark.parametrize(
    ("before", "after", "changed", "replaced"),
    [
        (PASSWORD, {"length": 17}, ["length"], ["length"]),
        (PASSWORD, {"length": UNKNOWN}, ["length"], ["length"]),
        (PASSWORD, {"length": 16, "special": True, "minUpper": 0}, [], []),
        (PASSWORD, {"length": 16, "special": False}, ["special"], ["special"]),
        (PASSWORD, {"length": 16, "minUpper": 2, "lower": False}, ["lower", "minUpper"], ["lower", "minUpper"]),
        (PASSWORD, {"length": 16, "numeric": False}, ["number", "numeric"], ["number", "numeric"]),
        ({"length": 16, "numeric": False}, {"length": 16, "number": False}, [], []),
        (PASSWORD, {"length": 16, "overrideSpecial": ""}, ["overrideSpecial"], ["overrideSpecial"]),
        ({"length": 16, "overrideSpecial": ""}, PASSWORD, ["overrideSpecial"], []),
        ({"length": 16, "overrideSpecial": "-"}, PASSWORD, ["overrideSpecial"], ["overrideSpecial"]),
        (PASSWORD, {"length": 16, "overrideSpecial": UNKNOWN}, ["overrideSpecial"], []),
        (PASSWORD, {"length": 16, "keepers": {}}, ["keepers"], []),
        ({"length": 16, "keepers": {}}, PASSWORD, ["keepers"], []),
        (PASSWORD, {"length": 16, "keepers": {"a": "1"}}, ["keepers"], ["keepers"]),
        ({"length": 16, "keepers": {"a": "1"}}, PASSWORD, ["keepers"], ["keepers"]),
        ({"length": 16, "keepers": {"a": "1"}}, {"length": 16, "keepers": {"a": "2"}}, ["keepers"], ["keepers"]),
        ({"length": 16, "keepers": {"a": "1"}}, {"length": 16, "keepers": {"a": UNKNOWN}}, ["keepers"], ["keepers"]),
        ({"length": 16, "keepers": {"a": "1"}}, {"length": 16, "keepers": UNKNOWN}, ["keepers"], ["keepers"]),
        ({"length": 16, "keepers": {"a": "1"}}, {"length": 16, "keepers": {"a": 1}}, [], []),
        ({"length": 16, "keepers": {"a": "1"}}, {"length": 16, "keepers": {"a": "1", "b": None}}, ["keepers"], []),
        ({"length": 16, "keepers": {"a": "1"}}, {"length": 16, "keepers": {"a": None}}, ["keepers"], ["keepers"]),
        ({"length": 16, "keepers": {"a": None}}, PASSWORD, ["keepers"], ["keepers"]),
        (PASSWORD, {"length": 16, "keepers": {"a": None}}, ["keepers"], []),
        (PASSWORD, {"length": 16, "keepers": UNKNOWN}, ["keepers"], []),
        (PASSWORD, {"length": 16, "unheard-of": 1}, [], []),
    ],
)
async def test_what_a_password_s_change_means(
    service: Service, before: Properties, after: Properties, changed: list[str], replaced: list[str]
) -> None:
    _, olds = await service.create("Password", **before)

    assert await service.diff("Password", reveal(olds), after) == (changed, replaced)


async def test_bytes_are_replaced_by_empty_keepers_too(service: Service) -> None:
    _, olds = await service.create("Bytes", length=4)

    assert await service.diff("Bytes", olds, {"length": 4, "keepers": {}}) == (["keepers"], ["keepers"])


@pytest.mark.parametrize(
    ("kind", "before", "after"),
    [
        ("Bytes", {"length": 4}, {"length": 5}),
        ("Id", {"byteLength": 4}, {"byteLength": 4, "prefix": "x"}),
        ("Uuid", {}, {"keepers": {"a": "1"}}),
        ("Pet", {}, {"separator": "_"}),
        ("Pet", {}, {"prefix": "x"}),
        ("Integer", {"min": 1, "max": 2}, {"min": 1, "max": 3}),
        ("Integer", {"min": 1, "max": 2}, {"min": 1, "max": 2, "seed": "x"}),
        ("Shuffle", {"inputs": ["a", "b"]}, {"inputs": ["b", "a"]}),
        ("Shuffle", {"inputs": ["a", "b"]}, {"inputs": ["a", "b"], "resultCount": 2}),
    ],
)
async def test_every_other_change_replaces(service: Service, kind: str, before: Properties, after: Properties) -> None:
    _, olds = await service.create(kind, **before)
    names = [name for name in after if after[name] != before.get(name)]

    assert await service.diff(kind, olds, after) == (names, names)


async def test_an_ignored_change_is_none(service: Service) -> None:
    _, olds = await service.create("Password", length=16)

    assert await service.diff("Password", olds, {"length": 20, "special": False}, ("length",)) == (
        ["special"],
        ["special"],
    )
    assert await service.diff("Password", olds, {"length": 16, "keepers": {"a": "1"}}, ("keepers",)) == ([], [])


async def test_an_update_keeps_what_was_drawn(service: Service) -> None:
    _, olds = await service.create("Password", length=16, overrideSpecial="")

    shown = await service.update("Password", reveal(olds), {"length": 16}, preview=True)
    written = await service.update("Password", reveal(olds), {"length": 16})

    assert written["result"] == olds["result"]
    assert written["bcryptHash"] == olds["bcryptHash"]
    assert "overrideSpecial" not in written
    assert {name: value for name, value in written.items() if not name.startswith("__")} == shown
    assert await service.diff("Password", reveal(written), {"length": 16}) == ([], [])
