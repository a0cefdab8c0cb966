"""No update removes an immutable key of the previous one."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from infisical.api.errors import Blocked
from tests.infisical.programs import INSTANCE
from tests.infisical.stack import Declared, Stack


def keys(
    *,
    declared: Sequence[str],
    generated: Sequence[str] = (),
    managed: bool = True,
    installed: bool = True,
    **immutable: str,
) -> list[Declared]:
    inputs: dict[str, object] = {"managed": managed, "installed": installed, "keys": immutable}
    inputs |= {"declared": [*declared], "generated": [*generated]}
    return [INSTANCE, Declared("ImmutableKeys", "immutable-keys", inputs)]


FIRST = keys(ONE="generate", TWO="given", declared=["ONE", "TWO", "THREE"], generated=["ONE"])


async def test_a_removed_key_is_refused_in_the_preview_and_the_update_with_both_ways(stack: Stack) -> None:
    await stack.up(FIRST)
    removed = keys(TWO="given", declared=["TWO", "THREE"])

    for work in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await work(removed)
        assert str(raised.value).startswith("ONE is immutable and no longer declared; nothing was removed.")
        assert "`renamedFrom: ONE`" in str(raised.value)
        assert "`retired: true`" in str(raised.value)
        assert "protect`" not in str(raised.value)


async def test_a_key_that_continues_under_a_new_name_is_accepted(stack: Stack) -> None:
    await stack.up(FIRST)

    await stack.up(keys(NEW="generate", TWO="given", declared=["NEW", "ONE", "TWO"], generated=["NEW", "ONE"]))
    await stack.up(keys(NEW="generate", TWO="given", declared=["NEW", "TWO"], generated=["NEW"]))

    assert stack.outputs("immutable-keys")["keys"] == {"NEW": "generate", "TWO": "given"}


async def test_another_source_of_a_generated_key_is_refused(stack: Stack) -> None:
    await stack.up(FIRST)

    with pytest.raises(Blocked, match=r"ONE is immutable, and the value in use was generated"):
        await stack.up(keys(ONE="given", TWO="given", declared=["ONE", "TWO"]))


async def test_a_key_that_is_no_longer_immutable_can_be_removed(stack: Stack) -> None:
    await stack.up(FIRST)
    await stack.up(keys(TWO="given", declared=["ONE", "TWO"], generated=["ONE"]))

    await stack.up(keys(TWO="given", declared=["TWO"]))

    assert stack.outputs("immutable-keys")["keys"] == {"TWO": "given"}


async def test_keys_that_are_not_immutable_change_nothing(stack: Stack) -> None:
    await stack.up(FIRST)

    await stack.up(keys(ONE="generate", TWO="given", declared=["ONE", "TWO", "FOUR"], generated=["ONE", "FOUR"]))
    assert stack.steps == []
    await stack.refresh()

    assert stack.steps == []


async def test_an_infisical_that_the_stack_has_set_up_cannot_be_set_up_by_hand(stack: Stack) -> None:
    await stack.up(FIRST)

    for work in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await work(keys(managed=False, declared=[]))
        assert str(raised.value).startswith("homelab:infisical.mode is manual, and this stack has set Infisical up")
        assert "protect" not in str(raised.value)


async def test_an_infisical_that_was_set_up_by_hand_can_be_set_up_by_the_stack(stack: Stack) -> None:
    await stack.up(keys(managed=False, declared=[])[1:])

    await stack.up(FIRST)

    assert stack.outputs("immutable-keys")["managed"] is True


async def test_an_infisical_that_the_stack_has_installed_cannot_move_elsewhere(stack: Stack) -> None:
    await stack.up(FIRST)
    elsewhere = keys(ONE="generate", TWO="given", declared=["ONE", "TWO"], generated=["ONE"], installed=False)

    for work in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await work(elsewhere)
        assert str(raised.value).startswith("homelab:infisical.install is none, and this stack has installed Infisical")
        assert "protect" not in str(raised.value)


async def test_an_infisical_elsewhere_can_be_replaced_by_an_installed_one(stack: Stack) -> None:
    await stack.up(keys(installed=False, declared=[])[1:])

    await stack.up(FIRST)

    assert stack.outputs("immutable-keys")["installed"] is True
