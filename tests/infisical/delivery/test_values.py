"""Values that are missing in Infisical, optional, or contain references."""

from __future__ import annotations

from unittest.mock import AsyncMock, Mock

import pytest

from infisical.api.errors import Blocked
from infisical.api.folders import Location
from infisical.api.secret_cache import SecretCache
from infisical.api.secrets import StoredSecret
from infisical.api.served_values import ServedValues
from infisical.contents.expected import ExpectedSecret, Source
from infisical.delivery.references import ValueInspection
from infisical.delivery.report import NotDelivered
from tests.infisical.admin import Admin
from tests.infisical.deliveries import KEYS, SEEDED, VALUES, delivery, program
from tests.infisical.fake_cluster import FakeOperator
from tests.infisical.programs import secret
from tests.infisical.stack import Stack


@pytest.mark.usefixtures("operator")
@pytest.mark.parametrize(
    ("keys", "problem"),
    [
        ({"admin-password": "/ABSENT"}, "ABSENT does not exist in Infisical (/ in prod)"),
        ({"admin-password": "/no/folder/ABSENT"}, "ABSENT does not exist in Infisical (/no/folder in prod)"),
        ({"admin-password": "/EMPTY"}, "EMPTY is empty in Infisical (/ in prod)"),
    ],
    ids=["absent", "folder-absent", "empty"],
)
async def test_a_value_that_infisical_lacks_is_an_error_with_a_fix(
    stack: Stack, keys: dict[str, str], problem: str
) -> None:
    with pytest.raises(NotDelivered) as raised:
        await stack.up([*SEEDED, secret("EMPTY", ""), delivery(keys=keys, literals={})])

    assert f"admin-password: {problem}. Fix: add " in str(raised.value)
    assert sum(stack.clock.slept) < 30


@pytest.mark.usefixtures("operator")
async def test_the_error_contains_the_declared_remedy(stack: Stack) -> None:
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


async def test_a_rotation_that_a_missing_secret_blocks_is_an_error(operator: FakeOperator, stack: Stack) -> None:
    """Otherwise the app would be restarted with the old value."""
    operator.fails = True
    keys = {**KEYS, "webhook": "/WEBHOOK"}
    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"], triggers={"PASSWORD": ""}))

    for _ in range(2):
        with pytest.raises(Blocked, match="the app does not get the rotated value") as raised:
            await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"], triggers={"PASSWORD": "2"}))
        assert "add WEBHOOK with a value to / in prod in Infisical" in str(raised.value)


async def test_an_optional_secret_is_delivered_once_it_exists(operator: FakeOperator, stack: Stack) -> None:
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


async def test_a_missing_required_value_is_an_error_even_if_an_optional_one_is_missing(
    operator: FakeOperator, stack: Stack
) -> None:
    operator.fails = True

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program(keys={"one": "/ABSENT", "other": "/WEBHOOK"}, optionalKeys=["WEBHOOK"]))

    assert raised.value.keys[0] == "one"


@pytest.mark.parametrize("text", ["pass${NOWHERE}word", "pass${prod.apps.NOWHERE}word", "pass${gone.PASSWORD}word"])
async def test_a_broken_reference_is_a_warning_without_the_value(
    operator: FakeOperator, stack: Stack, text: str
) -> None:
    operator.values = {"url": "password"}

    await stack.up([*SEEDED, secret("URL", text), delivery(keys={"url": "/URL"}, literals={})])

    (warning,) = stack.log.warnings
    assert "monitoring/grafana-secret: The value of URL (/ in prod) contains '${…}'" in warning
    assert "NOWHERE" not in warning
    assert "password" not in warning


async def test_a_broken_reference_to_an_existing_folder_is_reported_with_its_address(
    operator: FakeOperator, stack: Stack
) -> None:
    operator.values = {"url": "password"}

    await stack.up([*SEEDED, secret("URL", "pass${prod.NOWHERE}word"), delivery(keys={"url": "/URL"}, literals={})])

    (warning,) = stack.log.warnings
    assert (
        "which Infisical reads as a reference to NOWHERE (/ in prod). That secret does not exist or is empty" in warning
    )


@pytest.mark.parametrize(
    ("texts", "served"),
    [
        ({"URL": "x-${URL}"}, "x-x-${URL}"),
        ({"URL": "${OTHER}-a", "OTHER": "b-${URL}"}, "b-${OTHER}-a-a"),
    ],
    ids=["itself", "a circle"],
)
async def test_a_circular_reference_is_a_warning_and_delivered_as_infisical_serves_it(
    operator: FakeOperator, stack: Stack, texts: dict[str, str], served: str
) -> None:
    operator.values = {"url": served}

    values = [secret(name, text) for name, text in texts.items()]
    await stack.up([*SEEDED, *values, delivery(keys={"url": "/URL"}, literals={})])

    (warning,) = stack.log.warnings
    assert "The value of URL (/ in prod) contains a circular reference" in warning
    assert stack.outputs("delivery")["delivered"]


async def test_a_reference_to_another_project_is_left_to_infisical(operator: FakeOperator, stack: Stack) -> None:
    operator.values = {"url": "${@other.prod.KEY}"}

    await stack.up([*SEEDED, secret("URL", "${@other.prod.KEY}"), delivery(keys={"url": "/URL"}, literals={})])

    assert stack.outputs("delivery")["delivered"]


@pytest.mark.parametrize(
    ("value", "problem"),
    [
        ("\n", "is only white space"),
        ("\ufeffkey", "has white space at its start or end"),
        ("key \n", "has white space at its start or end"),
        ("\x1ckey\x85", ""),
        ("key\n", ""),
    ],
)
async def test_white_space_that_infisical_would_remove_is_reported(value: str, problem: str) -> None:
    """By Infisical's rule. Its API removes the white space, but a database may have it from elsewhere."""
    place = Location("project", "prod")
    stored = StoredSecret("id", "KEY", 1, value)
    secrets = Mock(SecretCache, lookup=AsyncMock(return_value=stored))
    expected = ExpectedSecret("ns", "app", "app", {"key": Source(place, "KEY")})

    flaws = await ValueInspection(expected, [], secrets, Mock(ServedValues), 0.0).flaws()

    assert [str(flaw) for flaw in flaws if problem in str(flaw)] == [str(flaw) for flaw in flaws]
    assert bool(flaws) == bool(problem)
    assert "key" not in "".join(map(str, flaws)).lower().replace("key (/ in prod)", "")


async def test_references_are_compared_after_expansion(operator: FakeOperator, stack: Stack) -> None:
    operator.values = {"url": f"https://{VALUES['PASSWORD']}@host"}

    await stack.up([*SEEDED, secret("URL", "https://${PASSWORD}@host"), delivery(keys={"url": "/URL"}, literals={})])

    assert stack.outputs("delivery")["delivered"]
