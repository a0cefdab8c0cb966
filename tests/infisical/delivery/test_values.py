"""Values that Infisical does not have, has for later, or makes of others."""

from __future__ import annotations

import pytest

from infisical.api.errors import Blocked
from infisical.delivery.report import NotDelivered
from tests.infisical.admin import Admin
from tests.infisical.deliveries import KEYS, SEEDED, VALUES, delivery, program
from tests.infisical.fake_cluster import FakeOperator
from tests.infisical.programs import secret
from tests.infisical.stack import Stack


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ({"admin-password": "/ABSENT"}, "ABSENT is not in Infisical (/ in prod)"),
        ({"admin-password": "/no/folder/ABSENT"}, "ABSENT is not in Infisical (/no/folder in prod)"),
        ({"admin-password": "/EMPTY"}, "EMPTY is empty in Infisical (/ in prod)"),
    ],
    ids=["absent", "folder-absent", "empty"],
)
async def test_a_value_that_infisical_lacks_is_an_error_that_says_how_to_give_it(
    stack: Stack, keys: dict[str, str], seen: str
) -> None:
    with pytest.raises(NotDelivered) as raised:
        await stack.up([*SEEDED, secret("EMPTY", ""), delivery(keys=keys, literals={})])

    assert f"admin-password: {seen}; add " in str(raised.value)
    assert sum(stack.clock.slept) < 30


@pytest.mark.usefixtures("operator")
async def test_the_error_says_the_remedy_that_the_program_gives(stack: Stack) -> None:
    remedies = {"ABSENT": "run `pulumi config set --secret homelab:absent`"}

    with pytest.raises(NotDelivered, match="run `pulumi config set --secret homelab:absent`, then run `pulumi up`"):
        await stack.up(program(keys={"key": "/ABSENT"}, remedies=remedies))


async def test_optional_secrets_may_be_missing(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    keys = {**KEYS, "webhook": "/WEBHOOK", "webhook-again": "/WEBHOOK"}

    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))

    outputs = stack.outputs("delivery")
    assert (outputs["delivered"], outputs["missing"], outputs["count"]) == (False, ["WEBHOOK"], 5)
    assert "add WEBHOOK with a value to / in prod in Infisical" in stack.log.warnings[-1]
    assert operator.cluster.writes == []
    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))
    assert stack.steps == []


async def test_a_rotation_that_a_missing_secret_holds_back_is_an_error(operator: FakeOperator, stack: Stack) -> None:
    """Else the app would be restarted with the value that was just replaced."""
    operator.fails = True
    keys = {**KEYS, "webhook": "/WEBHOOK"}
    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"], triggers={"PASSWORD": ""}))

    for _ in range(2):
        with pytest.raises(Blocked, match="does not reach the app") as raised:
            await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"], triggers={"PASSWORD": "2"}))
        assert "add WEBHOOK with a value to / in prod in Infisical" in str(raised.value)


async def test_an_optional_secret_is_delivered_once_it_is_there(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    keys = {**KEYS, "webhook": "/WEBHOOK"}
    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))
    operator.fails = False
    operator.values["webhook"] = "webhook-value"
    project_id = stack.outputs("project")["projectId"]
    body = {"projectId": project_id, "environment": "prod", "secretPath": "/", "secretValue": "webhook-value"}
    Admin(stack.fake_infisical.url).post("/api/v4/secrets/WEBHOOK", **body)

    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))

    assert stack.steps == [("update", "delivery")]
    assert (stack.outputs("delivery")["delivered"], stack.outputs("delivery")["missing"]) == (True, [])


async def test_a_required_value_is_missed_beside_an_optional_one(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program(keys={"one": "/ABSENT", "other": "/WEBHOOK"}, optionalKeys=["WEBHOOK"]))

    assert raised.value.keys[0] == "one"


@pytest.mark.parametrize("text", ["pass${NOWHERE}word", "pass${prod.apps.NOWHERE}word", "pass${gone.PASSWORD}word"])
async def test_a_reference_to_nothing_is_told_without_the_value(
    operator: FakeOperator, stack: Stack, text: str
) -> None:
    operator.values = {"url": "password"}

    await stack.up([*SEEDED, secret("URL", text), delivery(keys={"url": "/URL"}, literals={})])

    (warning,) = stack.log.warnings
    assert "the value of URL (/ in prod) has a '${…}'" in warning
    assert "NOWHERE" not in warning
    assert "password" not in warning


async def test_references_are_compared_as_the_operator_gets_them(operator: FakeOperator, stack: Stack) -> None:
    operator.values = {"url": f"https://{VALUES['PASSWORD']}@host"}

    await stack.up([*SEEDED, secret("URL", "https://${PASSWORD}@host"), delivery(keys={"url": "/URL"}, literals={})])

    assert stack.outputs("delivery")["delivered"]
