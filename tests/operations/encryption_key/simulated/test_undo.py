"""A rotation that was killed at any moment can be undone. Then everything is as it was before."""

from __future__ import annotations

import itertools

import pytest

from operations.encryption_key.steps import ROTATION, UNDO
from tests.operations.encryption_key.fakes.memory_infisical import ROOT, MemoryInfisical
from tests.operations.encryption_key.fakes.simulation import STACK, Simulation
from tests.operations.encryption_key.simulated.outcomes import assert_as_before


@pytest.mark.parametrize("step", [step.name for step in ROTATION])
def test_a_rotation_that_was_killed_at_any_moment_of_a_step_is_undone(simulation: Simulation, step: str) -> None:
    for point in itertools.count():
        simulation.restore()
        if not simulation.kill(step, point, "--confirm", STACK) or simulation.journal().get("outcome"):
            assert point > 0
            break

        simulation.undo()

        assert_as_before(simulation)


@pytest.mark.parametrize("step", [step.name for step in UNDO])
def test_an_undo_that_was_killed_at_any_moment_of_a_step_continues(simulation: Simulation, step: str) -> None:
    for point in itertools.count():
        simulation.restore()
        simulation.stop_at("verify")
        if not simulation.kill(step, point, "--undo") or simulation.journal().get("outcome"):
            assert point > 0
            break

        simulation.undo()

        assert_as_before(simulation)


def test_an_undo_continues_after_a_kill_at_each_step(simulation: Simulation) -> None:
    simulation.stop_at("verify")
    for step in UNDO:
        assert simulation.kill(step.name, 0, "--undo")

    simulation.undo()

    assert_as_before(simulation)


def test_an_undo_that_is_not_complete_refuses_a_rotation(simulation: Simulation) -> None:
    simulation.stop_at("verify")
    assert simulation.kill("undo-key", 0, "--undo")

    forwards = simulation.run("--confirm", STACK)
    status = simulation.run("--status")
    simulation.undo()

    assert forwards.code == 1
    assert "is not complete" in forwards.output
    assert "the undo is not complete" in status.output
    assert_as_before(simulation)


@pytest.mark.parametrize("step", ["backup", "pause", "stop"])
def test_a_value_that_changes_after_the_export_stops_the_rotation(simulation: Simulation, step: str) -> None:
    assert isinstance(simulation.infisical, MemoryInfisical)
    simulation.stop_at(step)
    changed = {**simulation.infisical.secrets()[ROOT], "CHANGED": "canary-changed-after-the-export"}
    simulation.infisical.write({ROOT: changed})

    forwards = simulation.run("--confirm", STACK)
    simulation.undo()

    assert forwards.code == 1
    assert "changed after the export" in forwards.output
    assert simulation.infisical.secrets()[ROOT] == changed
    assert simulation.infisical.project_id() == simulation.project_id
