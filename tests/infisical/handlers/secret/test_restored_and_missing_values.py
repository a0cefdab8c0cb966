"""A seed is restored deliberately; a key without a value waits for one, from its owner or from an app."""

from __future__ import annotations

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.in_use import IN_USE, ONE, READERS, SEED, TWO, add, delivered, held, hold, lose, values
from tests.infisical.programs import SETUP
from tests.infisical.stack import Stack


@pytest.fixture
def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    return stack_for(fake_infisical, cluster.kubeconfig)


async def test_a_new_restore_trigger_seeds_the_declared_value_once(stack: Stack, cluster: FakeCluster) -> None:
    await delivered(stack, cluster, restoreTrigger="")
    lose(stack)
    restored = [*SETUP, held(restoreTrigger="2026-11-29")]

    await stack.up(restored)
    assert values(stack) == {"DB_PASSWORD": SEED}
    lose(stack)
    await stack.up(restored)

    assert values(stack) == {"DB_PASSWORD": IN_USE}


async def test_a_restore_trigger_without_a_state_restores_nothing(stack: Stack, cluster: FakeCluster) -> None:
    """It may be left over in the stack config when the state is lost."""
    hold(cluster, ONE, IN_USE)

    await stack.up([*SETUP, held(restoreTrigger="2026-11-29")])

    assert values(stack) == {"DB_PASSWORD": IN_USE}


async def test_a_secret_without_a_value_waits_for_one(stack: Stack, cluster: FakeCluster) -> None:
    waiting = [*SETUP, held(value=None)]
    await stack.up(waiting)
    assert values(stack) == {}
    assert stack.outputs("db_password")["origin"] == "missing"
    await stack.up(waiting)
    assert stack.steps == []
    await stack.refresh()
    assert stack.steps == []

    await stack.up([*SETUP, held(onNewValue="set")])

    assert stack.steps == [("update", "db_password")]
    assert values(stack) == {"DB_PASSWORD": SEED}


async def test_a_value_that_its_owner_adds_is_adopted(stack: Stack, cluster: FakeCluster) -> None:
    waiting = [*SETUP, held(value=None)]
    await stack.up(waiting)
    add(stack, IN_USE)

    await stack.up(waiting)
    assert stack.outputs("db_password")["origin"] == "adopted"
    await stack.up(waiting)

    assert stack.steps == []
    assert values(stack) == {"DB_PASSWORD": IN_USE}


async def test_an_app_that_comes_later_brings_its_value(stack: Stack, cluster: FakeCluster) -> None:
    first = {place: app for place, app in READERS.items() if app == "one"}
    await stack.up([*SETUP, held(value=None, deliveredTo=first)])
    hold(cluster, TWO, IN_USE, managed=False)

    await stack.up([*SETUP, held(value=None)])

    assert values(stack) == {"DB_PASSWORD": IN_USE}


async def test_a_preview_of_a_new_project_shows_the_value_that_an_app_has(stack: Stack, cluster: FakeCluster) -> None:
    hold(cluster, ONE, IN_USE)
    await stack.up(SETUP[:1])

    await stack.preview([*SETUP, held(onNewValue="refuse", value=IN_USE)])
    assert stack.log.infos == []
    await stack.preview([*SETUP, held(onNewValue="hold")])

    assert stack.log.infos[-1].endswith("The value in use in Secret one/one-secret will be seeded.")
