"""Which changes need a new password, which only a new record, and which nothing."""

from __future__ import annotations

import pytest

from tests.plugins.random.service import Service
from tooling.plugin.properties import UNKNOWN, Properties, reveal

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
async def test_changed_inputs(
    service: Service, before: Properties, after: Properties, changed: list[str], replaced: list[str]
) -> None:
    _, olds = await service.create(**before)

    assert await service.diff(reveal(olds), after) == (changed, replaced)


async def test_an_ignored_change_changes_nothing(service: Service) -> None:
    _, olds = await service.create(length=16)

    assert await service.diff(olds, {"length": 20, "special": False}, ("length",)) == (
        ["special"],
        ["special"],
    )
    assert await service.diff(olds, {"length": 16, "keepers": {"a": "1"}}, ("keepers",)) == ([], [])


async def test_an_update_keeps_the_password(service: Service) -> None:
    _, olds = await service.create(length=16, overrideSpecial="")

    shown = await service.update(reveal(olds), {"length": 16}, preview=True)
    written = await service.update(reveal(olds), {"length": 16})

    assert written["result"] == olds["result"]
    assert written["bcryptHash"] == olds["bcryptHash"]
    assert "overrideSpecial" not in written
    assert {name: value for name, value in written.items() if not name.startswith("__")} == shown
    assert await service.diff(reveal(written), {"length": 16}) == ([], [])
