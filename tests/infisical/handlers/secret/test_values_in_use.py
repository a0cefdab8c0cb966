"""If Infisical has no value, the one that an app's Secret holds is seeded: it may be the last copy."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.in_use import IN_USE, ONE, SEED, TWO, add, delivered, held, hold, lose, project_id, values
from tests.infisical.programs import SETUP
from tests.infisical.stack import Declared, Stack

BY_HAND: dict[str, Any] = {"value": None}
EVERY_SOURCE = pytest.mark.parametrize(
    "source",
    [{}, {"onNewValue": "set"}, {"onNewValue": "hold"}, BY_HAND],
    ids=["generated", "config", "immutable", "manual"],
)


@pytest.fixture
def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    return stack_for(fake_infisical, cluster.kubeconfig)


@EVERY_SOURCE
@pytest.mark.parametrize("refreshed", [False, True], ids=["not refreshed", "refreshed"])
async def test_a_lost_value_is_seeded_from_the_app(
    stack: Stack, cluster: FakeCluster, source: dict[str, Any], refreshed: bool
) -> None:
    program = await delivered(stack, cluster, **source)
    lose(stack)
    if refreshed:
        await stack.refresh()
        assert stack.log.warnings[-1].startswith("Secret DB_PASSWORD at / in prod was deleted in Infisical.")

    await stack.preview(program)
    assert stack.log.infos[-1] == (
        "DB_PASSWORD: Infisical has no value. The value in use in Secret one/one-secret will be seeded."
    )
    assert values(stack) == {}
    await stack.up(program)

    assert values(stack) == {"DB_PASSWORD": IN_USE}
    assert stack.log.infos[-1] == (
        "DB_PASSWORD: Infisical had no value. The value in use in Secret one/one-secret was seeded."
    )
    assert stack.outputs("db_password")["origin"] == "app"
    await stack.up(program)
    assert stack.steps == []


@EVERY_SOURCE
async def test_a_value_that_was_lost_with_its_project_is_seeded_from_the_app(
    stack: Stack, cluster: FakeCluster, source: dict[str, Any]
) -> None:
    program = await delivered(stack, cluster, **source)
    Admin(stack.fake_infisical.url).delete(f"/api/v1/projects/{project_id(stack)}")

    await stack.up(program)

    assert values(stack) == {"DB_PASSWORD": IN_USE}


@EVERY_SOURCE
async def test_a_new_secret_starts_with_the_value_that_an_app_already_has(
    stack: Stack, cluster: FakeCluster, source: dict[str, Any]
) -> None:
    """An app that is taken over, or a lost state."""
    hold(cluster, TWO, IN_USE, managed=False)

    await stack.up([*SETUP, held(**source)])

    assert values(stack) == {"DB_PASSWORD": IN_USE}


async def test_a_rotation_of_a_lost_value_starts_from_the_one_in_use(stack: Stack, cluster: FakeCluster) -> None:
    """The change command needs the old value."""
    await delivered(stack, cluster, trigger="")
    lose(stack)
    command = f'test "$OLD_VALUE" = {IN_USE}'

    await stack.up([*SETUP, held(value="rotated-value", trigger="2026-11", changeCommand=command)])

    assert values(stack) == {"DB_PASSWORD": "rotated-value"}
    assert stack.outputs("db_password")["origin"] == "rotated"


async def test_without_a_copy_the_declared_value_is_seeded(stack: Stack, cluster: FakeCluster) -> None:
    await stack.up([*SETUP, held()])

    assert values(stack) == {"DB_PASSWORD": SEED}
    assert stack.log.infos == []


async def test_a_value_that_is_lost_everywhere_is_reported(stack: Stack, cluster: FakeCluster) -> None:
    program = await delivered(stack, cluster)
    lose(stack)
    cluster.objects.clear()

    await stack.up(program)

    assert values(stack) == {"DB_PASSWORD": SEED}
    assert stack.log.warnings[-1] == (
        "DB_PASSWORD had a different value in Infisical, which is lost, and no app's Secret holds it. The declared "
        "value was seeded."
    )


async def test_an_immutable_value_that_is_lost_everywhere_is_not_replaced(stack: Stack, cluster: FakeCluster) -> None:
    program = await delivered(stack, cluster, onNewValue="hold")
    lose(stack)
    cluster.objects.clear()

    with pytest.raises(Blocked, match="DB_PASSWORD is immutable and was deleted"):
        await stack.up(program)

    assert values(stack) == {}


async def test_an_immutable_copy_that_differs_from_the_lost_value_is_not_seeded(
    stack: Stack, cluster: FakeCluster
) -> None:
    program = await delivered(stack, cluster, onNewValue="hold")
    lose(stack)
    for path in (ONE, TWO):
        hold(cluster, path, "edited-by-hand")

    with pytest.raises(Blocked, match="its value in Secret one/one-secret differs from the last one in Infisical"):
        await stack.up(program)

    assert values(stack) == {}


@EVERY_SOURCE
async def test_two_apps_with_different_values_stop_the_update_and_are_named(
    stack: Stack, cluster: FakeCluster, source: dict[str, Any]
) -> None:
    program = await delivered(stack, cluster, **source)
    lose(stack)
    hold(cluster, TWO, "another-value")

    for attempt in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await attempt(program)
        text = str(raised.value)
        assert "one (Secret one/one-secret, key password) and two (Secret two/two-secret, key password)" in text
        assert IN_USE not in text
        assert "another-value" not in text
    assert values(stack) == {}


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (b"\xff\xfe", "it is not UTF-8 text"),
        (" padded", "it starts or ends with white space, which Infisical removes"),
        ("a${OTHER}", "it contains `${…}`, which Infisical replaces with another secret's value"),
    ],
)
async def test_a_value_that_infisical_would_change_is_not_seeded(
    stack: Stack, cluster: FakeCluster, value: str | bytes, reason: str
) -> None:
    hold(cluster, ONE, value)

    with pytest.raises(Blocked) as raised:
        await stack.up([*SETUP, held()])

    assert f"in key password of Secret one/one-secret: {reason}" in str(raised.value)
    assert values(stack) == {}


async def test_a_cluster_that_cannot_be_read_stops_the_seeding(stack: Stack, cluster: FakeCluster) -> None:
    """The Secret may hold the last copy."""
    program = await delivered(stack, cluster)
    lose(stack)
    cluster.refused.add(ONE)

    await stack.preview(program)
    assert "Check skipped in this preview" in stack.log.warnings[-1]
    with pytest.raises(Blocked) as raised:
        await stack.up(program)

    assert "DB_PASSWORD was not seeded: Infisical has no value, and Secret one/one-secret of one" in str(raised.value)
    assert values(stack) == {}


async def test_each_secret_of_the_cluster_is_read_once(stack: Stack, cluster: FakeCluster) -> None:
    hold(cluster, ONE, IN_USE)
    other = Declared("Secret", "other", {**held().inputs, "name": "OTHER"})

    await stack.up([*SETUP, held(), other])

    assert [request.path for request in cluster.requests] == [ONE, TWO]


async def test_while_infisical_has_the_value_the_cluster_is_not_read(stack: Stack, cluster: FakeCluster) -> None:
    program = await delivered(stack, cluster, trigger="")
    hold(cluster, ONE, "not-delivered-yet")
    before = len(cluster.requests)

    await stack.up(program)
    await stack.up([*SETUP, held(value="new", trigger="2026-11")])

    assert cluster.requests[before:] == []
    assert values(stack) == {"DB_PASSWORD": "new"}


@pytest.mark.parametrize("managed", [True, False], ids=["of the operator", "of the owner"])
async def test_a_value_in_infisical_does_not_overwrite_the_only_copy_of_another_one(
    stack: Stack, cluster: FakeCluster, managed: bool
) -> None:
    await stack.up(SETUP)
    add(stack, "by-hand")
    hold(cluster, ONE, IN_USE, managed=managed)

    if managed:
        await stack.up([*SETUP, held()])
    else:
        with pytest.raises(Blocked, match=r"differs from the value in use by one \(Secret one/one-secret"):
            await stack.up([*SETUP, held()])

    assert values(stack) == {"DB_PASSWORD": "by-hand"}


async def test_an_immutable_value_in_infisical_must_be_the_one_that_the_app_uses(
    stack: Stack, cluster: FakeCluster
) -> None:
    await stack.up(SETUP)
    add(stack, "by-hand")
    hold(cluster, ONE, IN_USE)

    with pytest.raises(Blocked, match="it is immutable"):
        await stack.up([*SETUP, held(onNewValue="hold")])
