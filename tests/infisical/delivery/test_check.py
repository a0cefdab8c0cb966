"""A delivery is complete after a sync that the check requested, and if the Secret equals Infisical."""

from __future__ import annotations

import pytest

from infisical.delivery.report import NotDelivered
from tests.infisical.deliveries import SEEDED, delivery, program, set_value
from tests.infisical.fake_cluster import EXTERNAL_SECRET, FAILED, READY, STORE, FakeOperator
from tests.infisical.stack import CheckFailed, Stack


async def test_one_sync_is_requested_and_the_delivery_is_complete(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program())

    outputs = stack.outputs("delivery")
    assert (outputs["delivered"], outputs["missing"], outputs["count"]) == (True, [], 3)
    (written,) = operator.cluster.writes
    assert (written.path, written.query) == (EXTERNAL_SECRET, {"fieldManager": "homelab-delivery"})
    assert set(written.body["metadata"]) == {"annotations"}


async def test_a_complete_delivery_is_not_synced_again(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program())

    await stack.up(program())

    assert stack.steps == []
    assert len(operator.cluster.writes) == 1


async def test_an_earlier_sync_does_not_count(operator: FakeOperator, stack: Stack) -> None:
    operator.sync()
    operator.fails = True

    with pytest.raises(NotDelivered, match="SecretSyncedError"):
        await stack.up(program())


async def test_a_changed_declaration_requests_a_new_check(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program(declared="one"))
    operator.fails = True

    with pytest.raises(NotDelivered):
        await stack.up(program(declared="two"))

    operator.fails = False
    await stack.up(program(declared="two"))
    assert stack.steps == [("update", "delivery")]


async def test_the_first_check_waits_for_a_slow_operator(operator: FakeOperator, stack: Stack) -> None:
    looks = iter(range(100))
    operator.cluster.on_annotate = lambda path: operator.act(path) if next(looks) >= 2 else None

    await stack.up(program(timeoutSeconds=60.0))

    assert stack.outputs("delivery")["delivered"]
    assert any("monitoring/grafana-secret" in progress for progress in stack.log.progress)


async def test_a_value_that_changes_during_the_check_is_delivered(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program())
    operator.values["admin-password"] = "changed-by-hand"
    changed: list[str] = []

    def change_it_first(path: str) -> None:
        if not changed:
            set_value(stack, "PASSWORD", "changed-by-hand")
            changed.append(path)
        operator.act(path)

    operator.cluster.on_annotate = change_it_first

    await stack.up(program(declared="two"))

    assert stack.outputs("delivery")["delivered"]


@pytest.mark.parametrize(
    ("message", "times"), [("unable to create client", 1), ("unable to validate store", 2)], ids=["login", "list"]
)
async def test_a_failing_store_is_retried_but_a_refused_login_only_once(
    operator: FakeOperator, stack: Stack, message: str, times: int
) -> None:
    operator.fails = True
    operator.store(False, message)

    with pytest.raises(NotDelivered):
        await stack.up(program(timeoutSeconds=20.0))

    assert len([write for write in operator.cluster.writes if write.path == STORE]) == times


async def test_a_recovered_store_delivers_at_once(operator: FakeOperator, stack: Stack) -> None:
    operator.store(False)
    operator.heals_store = True

    await stack.up(program())

    assert sum(stack.clock.slept) < 5


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"keys": {"key": "NAME"}}, "keys: expected a mapping .* '/NAME'"),
        ({"keys": {"key": "//NAME"}}, "keys: expected a mapping"),
        (
            {"optionalKeys": ["OTHER"]},
            "optionalKeys: expected names of secrets in `keys` \\(PASSWORD, TOKEN\\), found 'OTHER'",
        ),
        ({"timeoutSeconds": 0}, "timeoutSeconds: expected whole seconds, 1 to .*, found 0"),
        ({"namespace": " "}, "namespace: expected a string that is not empty, found ' '"),
    ],
    ids=["no-slash", "no-folder-name", "unknown-optional", "no-time", "no-namespace"],
)
async def test_invalid_inputs_are_refused(stack: Stack, inputs: dict[str, object], reason: str) -> None:
    with pytest.raises(CheckFailed, match=reason):
        await stack.up([delivery(**{"projectId": "any", **inputs})])


async def test_an_import_is_refused(operator: FakeOperator, stack: Stack) -> None:
    declared = delivery()

    with pytest.raises(Exception, match=r"Delivery .monitoring/x. cannot be imported: it is a check"):
        await stack.up([*SEEDED, type(declared)("Delivery", "delivery", declared.inputs, imports="monitoring/x")])


def test_the_conditions_of_the_fake_operator_are_those_of_the_real_one() -> None:
    """As recorded from v0.20.4."""
    assert READY["conditions"][0]["reason"] == "SecretSynced"
    assert FAILED["conditions"][0]["reason"] == "SecretSyncedError"
