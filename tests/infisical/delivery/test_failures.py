"""An incomplete delivery is an error with every affected key, the operator's warnings, and a fix."""

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
        (lacking("admin-password"), ["admin-password: missing in the Secret"]),
        (holding(**{"admin-password": ""}), ["admin-password: empty in the Secret, unlike PASSWORD in Infisical"]),
        (
            holding(**{"admin-password": "wrong"}),
            ["admin-password: the Secret's value differs from PASSWORD in Infisical"],
        ),
        (holding(**{"admin-user": "root"}), ["admin-user: the Secret's value differs from the declared literal"]),
        (
            failing,
            [
                "the ExternalSecret is not Ready (Ready=False, SecretSyncedError: could not get",
                "the Secret does not exist",
            ],
        ),
        (outdated, ["the operator has not synced the current generation of the ExternalSecret"]),
        (silent, ["the operator has not synced the ExternalSecret since the check requested it"]),
        (unready_store, ["ClusterSecretStore 'infisical' is not Ready (Ready=False, InvalidProviderConfig"]),
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
async def test_an_incomplete_delivery_is_an_error_with_its_causes(
    operator: FakeOperator, stack: Stack, change: Change, reasons: list[str]
) -> None:
    change(operator)

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    message = str(raised.value)
    assert message.startswith("monitoring/grafana-secret is not delivered after 30 s:")
    assert all(reason in message for reason in reasons), message
    assert "kubectl -n monitoring describe externalsecret grafana-secret" in message
    assert "pulumi up" in message
    assert not [value for value in (*VALUES.values(), *HELD.values()) if value in message]


async def test_every_affected_key_is_named(operator: FakeOperator, stack: Stack) -> None:
    operator.values.clear()

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    assert set(raised.value.keys) == set(HELD)


async def test_the_error_contains_the_newest_warnings_of_the_operator_without_values(
    operator: FakeOperator, stack: Stack
) -> None:
    operator.fails = True
    operator.store(False)
    cluster = operator.cluster
    cluster.warn("ExternalSecret", "grafana-secret", "an old warning", "2026-11-22T05:00:00Z")
    cluster.warn("ExternalSecret", "grafana-secret", f"404 for TOKEN, not {VALUES['TOKEN']}", "2026-11-22T07:00:00Z")
    cluster.warn("ExternalSecret", "grafana-secret", "a recent warning", "2026-11-22T06:00:00Z")
    cluster.warn("ExternalSecret", "another", "of another app")
    cluster.warn("ClusterSecretStore", "infisical", "project not found")

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    message = str(raised.value)
    newest, recent = message.index("404 for TOKEN, not [hidden]"), message.index("a recent warning")
    assert newest < recent < message.index("project not found")
    assert "an old warning" not in message
    assert "of another app" not in message


async def test_a_literal_is_not_hidden_in_the_commands(operator: FakeOperator, stack: Stack) -> None:
    """A literal such as `oauth-client-id: grafana` is often also the app's name."""
    operator.fails = True
    operator.values["client-id"] = "grafana"

    with pytest.raises(NotDelivered) as raised:
        await stack.up([*SEEDED, delivery(literals={"client-id": "grafana"})])

    assert "kubectl -n monitoring describe externalsecret grafana-secret" in str(raised.value)
    assert "[hidden]" not in str(raised.value)


async def test_a_repeated_warning_is_shown_once(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    for minute in range(3):
        words = f'[status-code=404] [reqId=req-{minute}] [message="no such secret"]'
        operator.cluster.warn("ExternalSecret", "grafana-secret", words, f"2026-11-22T06:0{minute}:00Z")

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program())

    assert str(raised.value).count("[status-code=404]") == 1
    assert '2026-11-22T06:02:00Z UpdateFailed: [status-code=404] [message="no such secret"]' in str(raised.value)


async def test_a_refusal_to_read_events_does_not_hide_the_cause(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    operator.cluster.refused.add("/api/v1/namespaces/monitoring/events")

    with pytest.raises(NotDelivered, match="SecretSyncedError") as raised:
        await stack.up(program())

    assert "events cannot be read" in str(raised.value)


async def test_a_missing_external_secret_fails_early(cluster: FakeCluster, stack: Stack) -> None:
    with pytest.raises(NotDelivered, match="ExternalSecret monitoring/grafana-secret not found") as raised:
        await stack.up(program())

    assert "run `pulumi up --refresh`" in str(raised.value)
    assert sum(stack.clock.slept) < 30


async def test_a_missing_store_fails_early(operator: FakeOperator, stack: Stack) -> None:
    store_gone(operator)

    with pytest.raises(NotDelivered, match="ClusterSecretStore 'infisical' not found") as raised:
        await stack.up(program())

    assert "run `pulumi up --refresh`" in str(raised.value)
    assert sum(stack.clock.slept) < 30


async def test_a_missing_login_of_the_store_fails_early(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    operator.store(False, "unable to create client")
    login = {"namespace": "external-secrets", "name": "infisical-machine-identity"}
    auth = {"universalAuthCredentials": {"clientId": login, "clientSecret": login}}
    operator.cluster.objects[STORE]["spec"] = {"provider": {"infisical": {"auth": auth}}}

    with pytest.raises(NotDelivered, match="Secret external-secrets/infisical-machine-identity not found") as raised:
        await stack.up(program())

    assert "run `pulumi up --refresh`" in str(raised.value)
    assert sum(stack.clock.slept) < 30


@pytest.mark.usefixtures("operator")
async def test_a_missing_permission_is_named(cluster: FakeCluster, stack: Stack) -> None:
    cluster.refused.add(EXTERNAL_SECRET)

    with pytest.raises(Exception, match=r"refused GET .*grafana-secret: 403 Forbidden.*kubectl auth can-i"):
        await stack.up(program())
