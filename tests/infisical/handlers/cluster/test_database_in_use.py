"""No update makes Infisical start with an empty or outdated database."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked
from tests.infisical.stack import Declared, Stack


def kind(name: str) -> list[Declared]:
    return [Declared("DatabaseInUse", "database", {"kind": name})]


@pytest.mark.parametrize(("old", "new"), [("bundled", "separate"), ("separate", "bundled"), ("separate", "moving")])
async def test_a_change_without_the_data_is_refused_in_the_preview_and_the_update(
    stack: Stack, old: str, new: str
) -> None:
    await stack.up(kind(old))

    for work in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await work(kind(new))
        assert f"the {old} database holds Infisical's data; nothing was changed" in str(raised.value)
        assert "docs/how-to/move-the-database.md" in str(raised.value)


@pytest.mark.parametrize("kinds", [("bundled", "moving", "separate"), ("bundled", "moving", "bundled"), ("separate",)])
async def test_a_move_with_the_data_is_accepted(stack: Stack, kinds: tuple[str, ...]) -> None:
    for each in kinds:
        await stack.up(kind(each))
        await stack.refresh()

    assert stack.outputs("database")["kind"] == kinds[-1]
