"""A rotation that was killed at any step continues when the command runs again."""

from __future__ import annotations

from operations.encryption_key.steps import ROTATION
from tests.homelab.deployment import STACK
from tests.operations.encryption_key.rotator import Rotator, at, differences


def test_a_rotation_continues_after_a_kill_at_each_step(rotator: Rotator) -> None:
    before, old = rotator.content(), rotator.key()

    for step in ROTATION:
        rotator.kill("--confirm", STACK, when=at(step.name))
    rotator.rotate()

    assert rotator.key() not in (old, "")
    assert rotator.kept_key() == rotator.key()
    assert differences(rotator.content(), before) == []
    assert set(rotator.ready().values()) == {"True"}
    assert not rotator.is_paused()
    rotator.homelab.run("preview", "--expect-no-changes")


def test_the_next_run_waits_for_a_pulumi_that_is_still_running(rotator: Rotator) -> None:
    before, old = rotator.content(), rotator.key()
    rotator.kill("--confirm", STACK, when=lambda journal: at("key")(journal) and rotator.is_locked(), whole=False)

    rotator.rotate()

    assert rotator.key() != old
    assert rotator.kept_key() == rotator.key()
    assert differences(rotator.content(), before) == []
    rotator.homelab.run("preview", "--expect-no-changes")


def test_the_lock_of_a_killed_pulumi_is_released(rotator: Rotator) -> None:
    before, old = rotator.content(), rotator.key()
    rotator.kill("--confirm", STACK, when=lambda journal: at("key")(journal) and rotator.is_locked())

    rotator.rotate()

    assert "releasing the stack's lock" in rotator.said[-1]
    assert rotator.key() != old
    assert rotator.kept_key() == rotator.key()
    assert differences(rotator.content(), before) == []
    rotator.homelab.run("preview", "--expect-no-changes")


def test_a_half_written_state_is_repaired(rotator: Rotator) -> None:
    """Pulumi's file backend writes a file first, and then its attributes."""
    before, old = rotator.content(), rotator.key()
    rotator.kill("--confirm", STACK, when=at("key"))
    (attributes,) = rotator.homelab.workspace.state.rglob(f"{STACK}.json.attrs")
    attributes.write_text("")

    rotator.rotate()

    assert "repairing the backend" in rotator.said[-1]
    assert rotator.kept_key() == rotator.key() != old
    assert differences(rotator.content(), before) == []
    rotator.homelab.run("preview", "--expect-no-changes")
