"""A rotation that was killed at any moment continues when the command runs again."""

from __future__ import annotations

import itertools

import pytest

from operations.encryption_key.steps import ROTATION
from tests.operations.encryption_key.fakes.simulation import STACK, Simulation
from tests.operations.encryption_key.simulated.outcomes import assert_rotated


@pytest.mark.parametrize("step", [step.name for step in ROTATION])
def test_a_rotation_that_was_killed_at_any_moment_of_a_step_continues(simulation: Simulation, step: str) -> None:
    for point in itertools.count():
        simulation.restore()
        if not simulation.kill(step, point, "--confirm", STACK) or simulation.journal().get("outcome"):
            assert point > 0
            break

        simulation.rotate()

        assert_rotated(simulation)


def test_a_rotation_continues_after_a_kill_at_each_step(simulation: Simulation) -> None:
    for step in ROTATION:
        simulation.stop_at(step.name)

    simulation.rotate()

    assert_rotated(simulation)


def test_the_lock_of_a_killed_pulumi_is_released(simulation: Simulation) -> None:
    assert simulation.kill("key", 5, "--confirm", STACK)
    assert simulation.homelab.stack.is_locked

    simulation.rotate()

    assert "releasing the stack's lock" in simulation.said[-1]
    assert_rotated(simulation)
