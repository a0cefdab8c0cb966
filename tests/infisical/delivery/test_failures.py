"""What is not delivered in time is an error with every key at fault, the operator's own words, and what to do."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from infisical.delivery.report import NotDelivered
from tests.infisical.deliveries import HELD, SEEDED, VALUES, delivery, program
from tests.infisical.fake_cluster import EXTERNAL_SECRET, STORE, FakeCluster, FakeOperator
from tests.infisical.stack import Stack

Change = Callable[[FakeOperator], object]


def store_gone(operator: FakeOperator) -> None:
    del operator.cluster.objects[STORE]


def silent(operator: FakeOperator) -> None:
    operator.sync()
    operator.cluster.on_annotate = lambda path: None


def outdated(operator: FakeOperator) -> None:
    silent(operator)
    operator.external_secret["metadata"]["generation"] = 2


def failing(operator: FakeOperator) -> None:
    operator.fails = True


def unready_store(operator: FakeOperator) -> None:
    operator.store(False)


def holding(**values: str) -> Change:
    return lambda operator: operator.values.update(values)


def lacking(key: str) -> Change:
    return lambda operator: operator.values.pop(key)


@pytest.mark.parametrize(
    ("change", "reasons"),
    [
        (lacking("admin-password"), ["admin-password: the Secret does not have it"]),
        (holding(**{"admin-password": ""}), ["admin-password: empty in the Secret, not as PASSWORD in Infisical"]),
        (holding(**{"admin-password": "wrong"}), ["admin-password: another value in the Secret, not as PASSWORD"]),
        (holding(**{"admin-user": "root"}), ["admin-user: another value in the Secret, not as it is declared"]),
        (failing, ["the ExternalSecret is not Ready (Ready=False, SecretSyncedError: could not get", "no Secret"]),
        (outdated, ["the operator has not synced the ExternalSecret as it is declared now"]),
        (silent, ["the operator has not synced the ExternalSecret since it was asked to"]),
        (unready_store, ["the ClusterSecretStore 'infisical' is not Ready (Ready=False, InvalidProviderConfig"]),
    ],
    ids=[
        "key-lacking",
        "key-empty",
        "key-differs",
        "literal-differs",
        "not-ready",
        "old-generation",
        "not-synced-since",
        "store-not-ready",
    ],
)
async def test_what_is_not_delivered_in_time_is_an_error_that_says_why(
    operator: FakeOperator, stack: Stack, change: Change, reasons: list[str]
) -> None:
    change(operator)

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    said = str(raised.value)
    assert said.startswith("monitoring/grafana-secret is not delivered after 30 s:")
    assert all(reason in said for reason in reasons), said
    assert "kubectl -n monitoring describe externalsecret grafana-secret" in said
    assert "pulumi up" in said
    assert not [value for value in (*VALUES.values(), *HELD.values()) if value in said]


async def test_every_key_at_fault_is_named(operator: FakeOperator, stack: Stack) -> None:
    operator.values.clear()

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    assert set(raised.value.keys) == set(HELD)


async def test_the_operators_own_words_are_in_the_error_and_no_value_is(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    operator.store(False)
    cluster = operator.cluster
    cluster.warn("ExternalSecret", "grafana-secret", "an old complaint", "2026-11-22T05:00:00Z")
    cluster.warn("ExternalSecret", "grafana-secret", f"404 for TOKEN, not {VALUES['TOKEN']}", "2026-11-22T07:00:00Z")
    cluster.warn("ExternalSecret", "grafana-secret", "a recent complaint", "2026-11-22T06:00:00Z")
    cluster.warn("ExternalSecret", "another", "of another app")
    cluster.warn("ClusterSecretStore", "infisical", "project not found")

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    said = str(raised.value)
    newest, recent = said.index("404 for TOKEN, not [hidden]"), said.index("a recent complaint")
    assert newest < recent < said.index("project not found")
    assert "an old complaint" not in said
    assert "of another app" not in said


async def test_a_literal_is_no_secret_and_leaves_the_commands_whole(operator: FakeOperator, stack: Stack) -> None:
    """`oauth-client-id: grafana` is grafana's name, too."""
    operator.fails = True
    operator.values["client-id"] = "grafana"

    with pytest.raises(NotDelivered) as raised:
        await stack.up([*SEEDED, delivery(literals={"client-id": "grafana"})])

    assert "kubectl -n monitoring describe externalsecret grafana-secret" in str(raised.value)
    assert "[hidden]" not in str(raised.value)


async def test_one_complaint_repeated_is_told_once(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    for minute in range(3):
        words = f'[status-code=404] [reqId=req-{minute}] [message="no such secret"]'
        operator.cluster.warn("ExternalSecret", "grafana-secret", words, f"2026-11-22T06:0{minute}:00Z")

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    assert str(raised.value).count("[status-code=404]") == 1
    assert '2026-11-22T06:02:00Z UpdateFailed: [status-code=404] [message="no such secret"]' in str(raised.value)


async def test_events_that_may_not_be_read_do_not_hide_the_cause(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    operator.cluster.refused.add("/api/v1/namespaces/monitoring/events")

    with pytest.raises(NotDelivered, match="SecretSyncedError") as raised:
        await stack.up(program())

    assert "events cannot be read" in str(raised.value)


async def test_an_external_secret_that_is_not_there_is_not_waited_for(cluster: FakeCluster, stack: Stack) -> None:
    with pytest.raises(NotDelivered, match="there is no ExternalSecret monitoring/grafana-secret") as raised:
        await stack.up(program())

    assert "run `pulumi up --refresh`" in str(raised.value)
    assert sum(stack.clock.slept) < 30


async def test_a_store_that_is_not_there_is_not_waited_for(operator: FakeOperator, stack: Stack) -> None:
    store_gone(operator)

    with pytest.raises(NotDelivered, match="there is no ClusterSecretStore 'infisical'") as raised:
        await stack.up(program())

    assert "run `pulumi up --refresh`" in str(raised.value)
    assert sum(stack.clock.slept) < 30


@pytest.mark.usefixtures("operator")
async def test_a_right_that_is_lacking_is_named(cluster: FakeCluster, stack: Stack) -> None:
    cluster.refused.add(EXTERNAL_SECRET)

    with pytest.raises(Exception, match=r"refused GET .*grafana-secret: 403 Forbidden.*kubectl auth can-i"):
        await stack.up(program())
