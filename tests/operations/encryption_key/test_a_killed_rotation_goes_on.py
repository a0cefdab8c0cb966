"""Killed at each of its steps and run again, a rotation comes to the same end."""

from __future__ import annotations

from operations.encryption_key.steps import ROTATION
from tests.homelab.deployment import STACK
from tests.operations.encryption_key.rotating import Rotating, at, difference


def test_killed_with_all_it_started_at_each_step_it_goes_on(rotating: Rotating) -> None:
    before, old = rotating.held(), rotating.key()

    for step in ROTATION:
        rotating.killed("--confirm", STACK, when=at(step.name))
    rotating.rotate()

    assert rotating.key() not in (old, "")
    assert rotating.kept_key() == rotating.key()
    assert difference(rotating.held(), before) == []
    assert set(rotating.ready().values()) == {"True"}
    assert not rotating.is_paused()
    rotating.homelab.run("preview", "--expect-no-changes")


def test_an_update_that_goes_on_alone_is_waited_for(rotating: Rotating) -> None:
    """Killed without the pulumi that it started."""
    before, old = rotating.held(), rotating.key()
    rotating.killed("--confirm", STACK, when=lambda journal: at("key")(journal) and rotating.is_locked(), whole=False)

    rotating.rotate()

    assert rotating.key() != old
    assert rotating.kept_key() == rotating.key()
    assert difference(rotating.held(), before) == []
    rotating.homelab.run("preview", "--expect-no-changes")


def test_an_update_that_is_killed_leaves_no_lock(rotating: Rotating) -> None:
    before, old = rotating.held(), rotating.key()
    rotating.killed("--confirm", STACK, when=lambda journal: at("key")(journal) and rotating.is_locked())

    rotating.rotate()

    assert "releasing the stack's lock" in rotating.said[-1]
    assert rotating.key() != old
    assert rotating.kept_key() == rotating.key()
    assert difference(rotating.held(), before) == []
    rotating.homelab.run("preview", "--expect-no-changes")


def test_a_state_that_was_being_written_when_it_was_killed_is_mended(rotating: Rotating) -> None:
    """Pulumi's file backend writes a file and what it says of it one after the other."""
    before, old = rotating.held(), rotating.key()
    rotating.killed("--confirm", STACK, when=at("key"))
    (attributes,) = rotating.homelab.workspace.state.rglob(f"{STACK}.json.attrs")
    attributes.write_text("")

    rotating.rotate()

    assert "left half written in its backend" in rotating.said[-1]
    assert rotating.kept_key() == rotating.key() != old
    assert difference(rotating.held(), before) == []
    rotating.homelab.run("preview", "--expect-no-changes")
