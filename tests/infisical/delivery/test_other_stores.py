"""The delivery check of a Secret from another store or a generator: its keys exist, and no value is compared."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.delivery.report import NotDelivered
from tests.infisical.deliveries import SEEDED, VALUES, delivery
from tests.infisical.fake_cluster import EXTERNAL_SECRET, STORE, FakeOperator
from tests.infisical.stack import Stack

OTHER = {
    "keys": {},
    "literals": {},
    "uncomparedKeys": ["password"],
    "otherStore": "ClusterSecretStore vault",
}
GENERATED = {**OTHER, "otherStore": "", "generator": "Password monitoring/web"}


async def _fails(stack: Stack, **inputs: Any) -> str:
    with pytest.raises(NotDelivered) as caught:
        await stack.up([*SEEDED, delivery(**{**inputs, "timeoutSeconds": 5.0})])
    return str(caught.value)


async def test_a_key_of_another_store_must_exist_with_any_value(operator: FakeOperator, stack: Stack) -> None:
    operator.values = {"password": "any"}

    await stack.up([*SEEDED, delivery(**OTHER)])

    assert stack.outputs("delivery")["delivered"] is True
    assert stack.outputs("delivery")["count"] == 1


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({}, "password: missing in the Secret"),
        ({"password": ""}, "password: empty in the Secret. Its value comes from ClusterSecretStore vault."),
    ],
    ids=["missing", "empty"],
)
async def test_a_key_without_a_value_is_an_error(
    operator: FakeOperator, stack: Stack, values: dict[str, str], reason: str
) -> None:
    operator.values = values

    assert reason in await _fails(stack, **OTHER)


async def test_a_store_of_others_that_is_gone_is_not_recreated_by_the_program(
    operator: FakeOperator, stack: Stack
) -> None:
    operator.values = {"password": "any"}
    del operator.cluster.objects[STORE]

    message = await _fails(stack, **OTHER)

    assert "Fix: create ClusterSecretStore vault, or correct `store` in the declaration" in message


async def test_further_keys_must_be_there_without_knowing_their_names(operator: FakeOperator, stack: Stack) -> None:
    inputs = {**OTHER, "literals": {"user": "web"}, "uncomparedKeys": [], "moreKeys": True}
    operator.values = {"user": "web", "PGPASSWORD": "any"}
    await stack.up([*SEEDED, delivery(**inputs)])
    operator.hold({"user": "web", "PGPASSWORD": ""})
    operator.values = {"user": "web", "PGPASSWORD": ""}

    assert "no value from ClusterSecretStore vault" in await _fails(stack, **inputs, declared="again")


async def test_a_template_with_such_a_value_is_not_rendered_here(operator: FakeOperator, stack: Stack) -> None:
    keys = {"token": "/TOKEN"}
    templates = {"known": "{{ .token | upper }}", "unknown": '{{ .password | default "x" }}'}
    held = {"token": VALUES["TOKEN"], "known": VALUES["TOKEN"].upper(), "password": "any", "unknown": "any"}
    operator.values = held
    operator.sync()
    await stack.up([*SEEDED, delivery(**{**GENERATED, "keys": keys, "templates": templates})])
    operator.values = {**held, "known": "wrong"}
    operator.hold(operator.values)

    message = await _fails(stack, **{**GENERATED, "keys": keys, "templates": templates, "declared": "again"})

    assert "known: the Secret's value differs from the result of its template" in message
    assert "unknown" not in message


async def test_a_check_does_not_make_a_generator_replace_the_value_in_use(operator: FakeOperator, stack: Stack) -> None:
    operator.external_secret["spec"] = {"dataFrom": []}
    operator.values = {"password": "generated"}
    operator.sync()

    await stack.up([*SEEDED, delivery(**GENERATED)])
    await stack.up([*SEEDED, delivery(**GENERATED, declared="again")])

    assert [request.path for request in operator.cluster.writes if request.path == EXTERNAL_SECRET] == []
    assert operator.syncs == 1


async def test_a_generator_that_failed_may_try_again(operator: FakeOperator, stack: Stack) -> None:
    operator.external_secret["spec"] = {"dataFrom": []}
    operator.fails = True
    operator.act(EXTERNAL_SECRET)
    operator.fails = False
    operator.values = {"password": "generated"}

    await stack.up([*SEEDED, delivery(**GENERATED)])

    assert operator.syncs == 1


async def test_a_rotated_value_reaches_a_secret_with_a_generator(operator: FakeOperator, stack: Stack) -> None:
    """Its template cannot be rendered here: only a sync after the rotation shows that the value has arrived."""
    inputs = {**GENERATED, "keys": {"token": "/TOKEN"}, "hiddenKeys": ["token"], "triggers": {"TOKEN": ""}}
    operator.external_secret["spec"] = {"dataFrom": []}
    operator.values = {"password": "generated"}
    operator.sync()
    await stack.up([*SEEDED, delivery(**inputs)])
    assert operator.syncs == 1

    await stack.up([*SEEDED, delivery(**{**inputs, "triggers": {"TOKEN": "2026-11"}})])

    assert operator.syncs == 2
