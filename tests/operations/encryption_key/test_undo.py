"""A rotation that was killed at any step can be undone. Then everything is as it was before."""

from __future__ import annotations

import pytest

from operations.encryption_key.steps import ROTATION, UNDO
from tests.homelab.deployment import STACK
from tests.homelab.owner import Owner
from tests.operations.encryption_key.rotator import Rotator, at, differences


@pytest.mark.parametrize("step", [step.name for step in ROTATION])
def test_a_rotation_that_was_killed_at_a_step_is_undone(rotator: Rotator, step: str) -> None:
    before, key, project = rotator.content(), rotator.key(), rotator.project_id()
    rotator.kill("--confirm", STACK, when=at(step))

    rotator.undo()

    _assert_as_before(rotator, key, project)
    assert differences(rotator.content(), before) == []


def test_a_value_that_changes_after_the_export_stops_the_rotation(rotator: Rotator) -> None:
    key, project = rotator.key(), rotator.project_id()
    rotator.kill("--confirm", STACK, when=lambda journal: at("export")(journal) and "export" in journal["done"])
    Owner(rotator.homelab).set("CHANGED", "canary-changed-after-the-export")

    forwards = rotator.run("--confirm", STACK)
    rotator.undo()

    assert forwards.code == 1
    assert "changed after the export" in forwards.output
    assert Owner(rotator.homelab).values()["CHANGED"] == "canary-changed-after-the-export"
    _assert_as_before(rotator, key, project)


def test_an_undo_continues_after_a_kill_at_each_step(rotator: Rotator) -> None:
    before, key, project = rotator.content(), rotator.key(), rotator.project_id()
    rotator.kill("--confirm", STACK, when=at("verify"))

    for step in UNDO:
        rotator.kill("--undo", when=at(step.name))
    forwards = rotator.run("--confirm", STACK)
    status = rotator.run("--status")
    rotator.undo()

    assert forwards.code == 1
    assert "is not complete" in forwards.output
    assert "the undo is not complete" in status.output
    _assert_as_before(rotator, key, project)
    assert differences(rotator.content(), before) == []


def _assert_as_before(rotator: Rotator, key: str, project: str) -> None:
    assert rotator.key() == key
    assert rotator.kept_key() == key
    assert rotator.project_id() == project
    assert set(rotator.ready().values()) == {"True"}
    assert not rotator.is_paused()
    rotator.homelab.run("preview", "--expect-no-changes")
