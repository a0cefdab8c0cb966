"""What is true after a rotation, and after its undo."""

from __future__ import annotations

import dataclasses

from tests.operations.encryption_key.fakes.fake_homelab import OLD_KEY
from tests.operations.encryption_key.fakes.memory_infisical import DATABASE
from tests.operations.encryption_key.fakes.simulation import STACK, Content, Simulation


def assert_rotated(simulation: Simulation) -> None:
    """Infisical runs with a new key, and all values and Secrets are as before."""
    stack, cluster = simulation.homelab.stack, simulation.homelab.cluster
    assert stack.kept == stack.generated == stack.known == cluster.key
    assert cluster.key != OLD_KEY
    assert len(cluster.key) == 32
    assert simulation.journal()["outcome"] == "completed"
    assert (simulation.infisical.data / f"{DATABASE}.{simulation.journal()['id']}").exists()
    _assert_deployed(simulation)


def assert_as_before(simulation: Simulation) -> None:
    """Infisical runs with the old key and the old database, and all values and Secrets are as before."""
    stack, cluster = simulation.homelab.stack, simulation.homelab.cluster
    assert {stack.kept, stack.generated, stack.known, cluster.key} == {OLD_KEY}
    assert simulation.infisical.project_id() == simulation.project_id
    assert simulation.journal().get("outcome", "discarded") in ("undone", "discarded")
    _assert_deployed(simulation)


def _assert_deployed(simulation: Simulation) -> None:
    cluster = simulation.homelab.cluster
    assert simulation.infisical.is_running
    assert (cluster.is_paused, cluster.replicas) == (False, 1)
    assert differences(simulation.content(), simulation.before) == []
    # No update has delivered a seed in place of the value in use.
    assert all(delivered == simulation.before.delivered for delivered in simulation.deliveries)
    assert simulation.homelab.answer("pulumi", ["preview", "--expect-no-changes", "--stack", STACK]).returncode == 0


def differences(one: Content, other: Content) -> list[str]:
    """The places where two contents differ, without values."""
    first, second = dataclasses.asdict(one), dataclasses.asdict(other)
    return [
        f"{part} {name}"
        for part in first
        for name in first[part].keys() | second[part].keys()
        if first[part].get(name) != second[part].get(name)
    ]
