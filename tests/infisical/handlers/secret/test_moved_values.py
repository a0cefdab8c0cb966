"""At a new place a secret keeps the value in use, and nothing there is overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from infisical.api.errors import Blocked
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.admin import Admin
from tests.infisical.deliveries import stack_for
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.in_use import IN_USE, ONE, TWO, add, held, hold, lose, project_id, values
from tests.infisical.programs import FOLDER, INSTANCE, SETUP
from tests.infisical.stack import Declared, Stack

BELOW = {"path": "/apps/web"}
ENVIRONMENTS = {"prod": "Production", "test": "Testing"}


@pytest.fixture
def stack(fake_infisical: FakeInfisical, cluster: FakeCluster) -> Stack:
    return stack_for(fake_infisical, cluster.kubeconfig)


async def _in_use(stack: Stack, **source: Any) -> None:
    """The value in use differs from the declared one."""
    await stack.up(SETUP)
    add(stack, IN_USE)
    await stack.up([*SETUP, held(**source)])


EACH_SOURCE = pytest.mark.parametrize(
    "source", [{}, {"onNewValue": "hold"}, {"value": None}], ids=["generated", "immutable", "manual"]
)


@EACH_SOURCE
async def test_a_value_moves_to_another_folder_and_stays_at_the_old_place(stack: Stack, source: dict[str, Any]) -> None:
    await _in_use(stack, **source)
    moved = [*SETUP, FOLDER, held(**source, **BELOW)]

    await stack.preview(moved)
    assert stack.log.infos[-1] == "DB_PASSWORD moves from / in prod to /apps/web in prod. / in prod keeps its value."
    await stack.up(moved)

    assert values(stack, **BELOW) == values(stack) == {"DB_PASSWORD": IN_USE}
    assert stack.outputs("db_password")["origin"] == "moved"
    assert stack.outputs("db_password")["deliveryTrigger"] == ""
    assert stack.steps == [("create", "folder"), ("update", "db_password")]
    await stack.up(moved)
    assert stack.steps == []
    await stack.refresh()
    assert stack.steps == []


@EACH_SOURCE
async def test_a_value_moves_to_another_environment(stack: Stack, source: dict[str, Any]) -> None:
    await _in_use(stack, **source)
    project = Declared("Project", "project", {"slug": "homelab", "environments": ENVIRONMENTS})

    await stack.up([INSTANCE, project, held(**source, environment="test")])

    assert values(stack, environment="test") == {"DB_PASSWORD": IN_USE}


@EACH_SOURCE
async def test_a_value_moves_to_another_project_and_the_old_one_is_kept(stack: Stack, source: dict[str, Any]) -> None:
    await _in_use(stack, **source)
    old = project_id(stack)
    moved = [INSTANCE, Declared("Project", "project", {"slug": "another"}), held(**source)]

    await stack.preview(moved)
    assert stack.log.infos[-1] == "DB_PASSWORD moves from / in prod, which keeps its value."
    await stack.up(moved)

    assert project_id(stack) != old
    assert values(stack) == Admin(stack.fake_infisical.url).secrets(old) == {"DB_PASSWORD": IN_USE}
    assert (
        "DB_PASSWORD was copied from / in prod of project homelab to / in prod of project another."
        in stack.log.infos[-1]
    )
    assert stack.log.infos[-2].startswith("Project 'homelab' keeps its values in Infisical.")
    await stack.up(moved)
    assert stack.steps == []


async def test_a_value_moves_to_another_name(stack: Stack) -> None:
    await _in_use(stack)

    await stack.up([*SETUP, Declared("Secret", "db_password", {**held().inputs, "name": "RENAMED"})])

    assert values(stack) == {"DB_PASSWORD": IN_USE, "RENAMED": IN_USE}


@EACH_SOURCE
async def test_another_value_at_the_new_place_stops_the_move_with_both_addresses(
    stack: Stack, source: dict[str, Any]
) -> None:
    await _in_use(stack, **source)
    await stack.up([*SETUP, FOLDER, held(**source)])
    add(stack, "another-value", **BELOW)

    for attempt in (stack.preview, stack.up):
        with pytest.raises(Blocked) as raised:
            await attempt([*SETUP, FOLDER, held(**source, **BELOW)])
        assert "DB_PASSWORD was not moved from / in prod to /apps/web in prod: /apps/web in prod already has a" in str(
            raised.value
        )
        assert "another-value" not in str(raised.value)

    assert values(stack, **BELOW) == {"DB_PASSWORD": "another-value"}


async def test_a_move_that_was_interrupted_goes_on(stack: Stack) -> None:
    """The value was copied, but the state was not written."""
    await _in_use(stack)
    await stack.up([*SETUP, FOLDER, held()])
    add(stack, IN_USE, **BELOW)

    await stack.up([*SETUP, FOLDER, held(**BELOW)])

    assert values(stack, **BELOW) == {"DB_PASSWORD": IN_USE}


async def test_a_move_with_a_rotation_sets_the_new_value_at_the_new_place_only(stack: Stack) -> None:
    await _in_use(stack, trigger="")

    await stack.up([*SETUP, FOLDER, held(value="rotated-value", trigger="2026-11", **BELOW)])

    assert values(stack) == {"DB_PASSWORD": IN_USE}
    assert values(stack, **BELOW) == {"DB_PASSWORD": "rotated-value"}


@EACH_SOURCE
async def test_if_the_old_place_has_lost_the_value_it_comes_from_the_app(
    stack: Stack, cluster: FakeCluster, source: dict[str, Any]
) -> None:
    await _in_use(stack, **source)
    hold(cluster, ONE, IN_USE)
    lose(stack)

    await stack.up([*SETUP, FOLDER, held(**source, **BELOW)])

    assert values(stack, **BELOW) == {"DB_PASSWORD": IN_USE}


async def test_an_immutable_value_is_compared_with_the_app_before_it_moves(stack: Stack, cluster: FakeCluster) -> None:
    await _in_use(stack, onNewValue="hold")
    hold(cluster, TWO, "used-by-the-app")

    with pytest.raises(Blocked, match=r"its value at / in prod differs from the one in use by two \(Secret two/"):
        await stack.up([*SETUP, FOLDER, held(onNewValue="hold", **BELOW)])

    assert values(stack, **BELOW) == {}


async def test_an_immutable_value_is_not_compared_with_a_different_key_of_its_name(stack: Stack) -> None:
    """With a folder for each app, two apps may each have their own."""
    await stack.up([*SETUP, FOLDER, held(onNewValue="hold", **BELOW)])
    other = Declared("Secret", "other", {**held(onNewValue="hold", value="its-own").inputs, "deliveredTo": {}})

    with pytest.raises(Blocked, match="its value at /apps/web in prod differs"):
        await stack.up([*SETUP, FOLDER, held(onNewValue="hold", **BELOW), other])
    apart = Declared("Secret", "other", {**other.inputs, "otherFolders": ["/apps/web"]})
    await stack.up([*SETUP, FOLDER, held(onNewValue="hold", **BELOW), apart])

    assert values(stack) == {"DB_PASSWORD": "its-own"}
