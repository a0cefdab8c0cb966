"""The comment of a secret in Infisical says who manages it, and changes nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin, at
from tests.infisical.programs import SETUP, secret
from tests.infisical.stack import Stack

FIRST, SECOND = "Apps: web.", "Apps: web, blog."


def _in_infisical(stack: Stack) -> dict[str, Any]:
    """The secret as its owner sees it."""
    query = at(_project(stack))
    found: list[dict[str, Any]] = Admin(stack.fake_infisical.url).get("/api/v4/secrets", **query)["secrets"]
    (one,) = found
    return one


def _project(stack: Stack) -> str:
    project_id: str = stack.outputs("project")["projectId"]
    return project_id


async def test_a_seeded_secret_has_its_comment(stack: Stack) -> None:
    await stack.up([*SETUP, secret(comment=FIRST)])

    assert _in_infisical(stack)["secretComment"] == FIRST
    assert _in_infisical(stack)["version"] == 1


async def test_a_new_comment_keeps_a_value_that_was_set_by_hand(stack: Stack) -> None:
    await stack.up([*SETUP, secret(comment=FIRST)])
    Admin(stack.fake_infisical.url).set_secret(_project(stack), "DB_PASSWORD", "by-hand")
    before = stack.outputs("db_password")

    await stack.up([*SETUP, secret(comment=SECOND)])

    found, after = _in_infisical(stack), stack.outputs("db_password")
    assert (found["secretValue"], found["secretComment"]) == ("by-hand", SECOND)
    for output in ("secretId", "deliveryTrigger", "changedOn"):
        assert after[output] == before[output]


async def test_a_new_comment_asks_for_no_delivery_and_no_restart(stack: Stack) -> None:
    await stack.up([*SETUP, secret(comment=FIRST, trigger="1")])
    await stack.up([*SETUP, secret(value="new-value", comment=FIRST, trigger="2")])
    rotated = stack.outputs("db_password")["deliveryTrigger"]

    await stack.up([*SETUP, secret(value="new-value", comment=SECOND, trigger="2")])

    assert rotated
    assert stack.outputs("db_password")["deliveryTrigger"] == rotated
    assert _in_infisical(stack)["secretMetadata"]


async def test_a_comment_that_a_person_wrote_stays(stack: Stack) -> None:
    await stack.up([*SETUP, secret(comment=FIRST)])
    Admin(stack.fake_infisical.url).patch(
        "/api/v4/secrets/DB_PASSWORD", **at(_project(stack)), secretComment="ask me first"
    )

    await stack.up([*SETUP, secret(comment=SECOND)])

    assert _in_infisical(stack)["secretComment"] == "ask me first"


async def test_a_secret_that_this_stack_did_not_create_keeps_its_comment(stack: Stack) -> None:
    await stack.up([*SETUP])
    Admin(stack.fake_infisical.url).post("/api/v4/secrets/DB_PASSWORD", **at(_project(stack)), secretValue="theirs")

    await stack.up([*SETUP, secret(comment=FIRST)])
    await stack.up([*SETUP, secret(comment=SECOND)])

    assert (_in_infisical(stack)["secretComment"], _in_infisical(stack)["version"]) == ("", 1)


@pytest.mark.parametrize("status", [403, 500])
async def test_a_comment_that_cannot_be_written_stops_nothing(
    stack: Stack, fake_infisical: FakeInfisical, status: int
) -> None:
    await stack.up([*SETUP, secret(comment=FIRST)])
    fake_infisical.order("status", times=0, path="/api/*/secrets/*DB_PASSWORD", status=status)

    await stack.up([*SETUP, secret(comment=SECOND)])

    assert stack.log.warnings[-1].startswith("The comment of DB_PASSWORD (")
