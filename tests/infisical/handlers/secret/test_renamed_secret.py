"""A renamed secret keeps the value in use, and the earlier one stays in Infisical."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.programs import SETUP, secret
from tests.infisical.stack import Declared, Stack


def named(name: str, value: str = "seeded-value", **inputs: Any) -> list[Declared]:
    """As the engine calls the provider for a resource with an alias: with the state of the earlier name."""
    return [*SETUP, Declared("Secret", "key", secret(name, value, **inputs).inputs)]


def in_infisical(fake_infisical: FakeInfisical, stack: Stack) -> dict[str, str]:
    values: dict[str, str] = Admin(fake_infisical.url).secrets(stack.outputs("project")["projectId"])
    return values


@pytest.mark.parametrize("effect", ["keep", "hold"])
async def test_the_new_name_gets_the_value_in_use(fake_infisical: FakeInfisical, stack: Stack, effect: str) -> None:
    await stack.up(named("OLD", onNewValue=effect))
    Admin(fake_infisical.url).set_secret(stack.outputs("project")["projectId"], "OLD", "changed-in-the-ui")
    before = stack.outputs("key")

    await stack.preview(named("NEW", onNewValue=effect))
    assert stack.log.infos[-1] == "NEW at / in prod gets the value of OLD at / in prod, which keeps it."
    await stack.up(named("NEW", onNewValue=effect))

    assert stack.steps == [("update", "key")]
    assert in_infisical(fake_infisical, stack) == dict.fromkeys(("OLD", "NEW"), "changed-in-the-ui")
    assert stack.log.infos[-1].startswith("NEW at / in prod got the value of OLD at / in prod.")
    assert before["secretId"] != stack.outputs("key")["secretId"]


async def test_a_name_that_has_a_different_value_stops_the_rename(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up([*named("OLD"), secret("NEW", "another-value")])

    with pytest.raises(Blocked, match=r"OLD at / in prod was not renamed to NEW: NEW .* already has a different value"):
        await stack.up([*named("NEW"), secret("NEW", "another-value")])

    assert in_infisical(fake_infisical, stack) == {"OLD": "seeded-value", "NEW": "another-value"}


async def test_a_renamed_value_keeps_its_date_and_can_be_rotated(fake_infisical: FakeInfisical, stack: Stack) -> None:
    await stack.up(named("OLD", trigger=""))
    day = stack.outputs("key")["changedOn"]
    fake_infisical.advance(7 * 86400)

    await stack.up(named("NEW", trigger=""))
    assert stack.outputs("key")["changedOn"] == day
    await stack.up(named("NEW", "rotated-value", trigger="2"))

    assert in_infisical(fake_infisical, stack) == {"OLD": "seeded-value", "NEW": "rotated-value"}
