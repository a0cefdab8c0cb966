"""Killed at any of its steps, a rotation can be undone: then everything is as it was before."""

from __future__ import annotations

import pytest

from operations.encryption_key.steps import ROTATION, UNDO
from tests.homelab.deployment import STACK
from tests.homelab.owner import Owner
from tests.operations.encryption_key.rotating import Rotating, at, difference


@pytest.mark.parametrize("step", [step.name for step in ROTATION])
def test_killed_at_a_step_it_is_undone(rotating: Rotating, step: str) -> None:
    before, key, project = rotating.held(), rotating.key(), rotating.project_id()
    rotating.killed("--confirm", STACK, when=at(step))

    rotating.undo()

    _assert_as_before(rotating, key, project)
    assert difference(rotating.held(), before) == []


def test_a_value_that_is_changed_after_the_export_is_not_left_behind(rotating: Rotating) -> None:
    key, project = rotating.key(), rotating.project_id()
    rotating.killed("--confirm", STACK, when=lambda journal: at("export")(journal) and "export" in journal["done"])
    Owner(rotating.homelab).set("CHANGED", "canary-changed-after-the-export")

    forwards = rotating.run("--confirm", STACK)
    rotating.undo()

    assert forwards.code == 1
    assert "values were changed in Infisical after they were exported" in forwards.output
    assert Owner(rotating.homelab).values()["CHANGED"] == "canary-changed-after-the-export"
    _assert_as_before(rotating, key, project)


def test_an_undo_that_is_killed_at_each_step_goes_on(rotating: Rotating) -> None:
    before, key, project = rotating.held(), rotating.key(), rotating.project_id()
    rotating.killed("--confirm", STACK, when=at("verify"))

    for step in UNDO:
        rotating.killed("--undo", when=at(step.name))
    forwards = rotating.run("--confirm", STACK)
    status = rotating.run("--status")
    rotating.undo()

    assert forwards.code == 1
    assert "an undo is under way" in forwards.output
    assert "on its way back" in status.output
    _assert_as_before(rotating, key, project)
    assert difference(rotating.held(), before) == []


def _assert_as_before(rotating: Rotating, key: str, project: str) -> None:
    assert rotating.key() == key
    assert rotating.kept_key() == key
    assert rotating.project_id() == project
    assert set(rotating.ready().values()) == {"True"}
    assert not rotating.is_paused()
    rotating.homelab.run("preview", "--expect-no-changes")
