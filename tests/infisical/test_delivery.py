"""A delivery is proven by a sync that came after it was asked for, and by a Secret that equals Infisical."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from infisical.client.errors import Blocked
from infisical.delivery.report import NotDelivered
from sandbox.infisical.standin import Standin
from tests.infisical.admin import Admin
from tests.infisical.deliveries import HELD, KEYS, SEEDED, VALUES, delivery, program, stack_for
from tests.infisical.fake_cluster import EXTERNAL_SECRET, FAILED, READY, STORE, FakeCluster, FakeOperator
from tests.infisical.programs import secret
from tests.infisical.stack import CheckFailed, Stack

Change = Callable[[FakeOperator], object]


@pytest.fixture
def cluster() -> Iterator[FakeCluster]:
    with FakeCluster() as cluster:
        yield cluster


@pytest.fixture
def operator(cluster: FakeCluster) -> FakeOperator:
    """One that delivers all."""
    return FakeOperator(cluster, dict(HELD))


@pytest.fixture
def stack(standin: Standin, cluster: FakeCluster) -> Stack:
    return stack_for(standin, cluster.kubeconfig)


def set_value(stack: Stack, name: str, value: str) -> None:
    Admin(stack.standin.url).set_secret(stack.outputs("project")["projectId"], name, value)


async def test_the_operator_is_asked_once_and_the_delivery_is_proven(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program())

    outputs = stack.outputs("delivery")
    assert (outputs["delivered"], outputs["missing"], outputs["count"]) == (True, [], 3)
    (written,) = operator.cluster.writes
    assert (written.path, written.query) == (EXTERNAL_SECRET, {"fieldManager": "homelab-delivery"})
    assert set(written.body["metadata"]) == {"annotations"}


async def test_what_is_delivered_is_left_alone(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program())

    await stack.up(program())

    assert stack.steps == []
    assert len(operator.cluster.writes) == 1


async def test_a_sync_from_before_proves_nothing(operator: FakeOperator, stack: Stack) -> None:
    operator.sync()
    operator.fails = True

    with pytest.raises(NotDelivered, match="SecretSyncedError"):
        await stack.up(program())


async def test_a_changed_declaration_asks_for_a_new_proof(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program(declared="one"))
    operator.fails = True

    with pytest.raises(NotDelivered):
        await stack.up(program(declared="two"))

    operator.fails = False
    await stack.up(program(declared="two"))
    assert stack.steps == [("update", "delivery")]


async def test_the_first_proof_waits_for_a_slow_operator(operator: FakeOperator, stack: Stack) -> None:
    looks = iter(range(100))
    operator.cluster.on_annotate = lambda path: operator.act(path) if next(looks) >= 2 else None

    await stack.up(program(timeoutSeconds=60.0))

    assert stack.outputs("delivery")["delivered"]
    assert any("monitoring/grafana-secret" in progress for progress in stack.log.progress)


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

    assert "its events cannot be read" in str(raised.value)


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
@pytest.mark.parametrize(
    ("keys", "seen"),
    [
        ({"admin-password": "/ABSENT"}, "ABSENT is not in Infisical (/ in prod)"),
        ({"admin-password": "/no/folder/ABSENT"}, "ABSENT is not in Infisical (/no/folder in prod)"),
        ({"admin-password": "/EMPTY"}, "EMPTY is empty in Infisical (/ in prod)"),
    ],
    ids=["absent", "folder-absent", "empty"],
)
async def test_a_value_that_infisical_lacks_is_an_error_that_says_how_to_give_it(
    stack: Stack, keys: dict[str, str], seen: str
) -> None:
    with pytest.raises(NotDelivered) as raised:
        await stack.up([*SEEDED, secret("EMPTY", ""), delivery(keys=keys, literals={})])

    assert f"admin-password: {seen}; add " in str(raised.value)
    assert sum(stack.clock.slept) < 30


@pytest.mark.usefixtures("operator")
async def test_the_error_says_the_remedy_that_the_program_gives(stack: Stack) -> None:
    remedies = {"ABSENT": "run `pulumi config set --secret homelab:absent`"}

    with pytest.raises(NotDelivered, match="run `pulumi config set --secret homelab:absent`, then run `pulumi up`"):
        await stack.up(program(keys={"key": "/ABSENT"}, remedies=remedies))


async def test_optional_secrets_may_be_missing(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    keys = {**KEYS, "webhook": "/WEBHOOK", "webhook-again": "/WEBHOOK"}

    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))

    outputs = stack.outputs("delivery")
    assert (outputs["delivered"], outputs["missing"], outputs["count"]) == (False, ["WEBHOOK"], 5)
    assert "add WEBHOOK with a value to / in prod in Infisical" in stack.log.warnings[-1]
    assert operator.cluster.writes == []
    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))
    assert stack.steps == []


async def test_a_rotation_that_a_missing_secret_holds_back_is_an_error(operator: FakeOperator, stack: Stack) -> None:
    """Else the app would be restarted with the value that was just replaced."""
    operator.fails = True
    keys = {**KEYS, "webhook": "/WEBHOOK"}
    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"], rotated={"PASSWORD": ""}))

    for _ in range(2):
        with pytest.raises(Blocked, match="does not reach the app") as raised:
            await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"], rotated={"PASSWORD": "2"}))
        assert "add WEBHOOK with a value to / in prod in Infisical" in str(raised.value)


async def test_an_optional_secret_is_delivered_once_it_is_there(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True
    keys = {**KEYS, "webhook": "/WEBHOOK"}
    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))
    operator.fails = False
    operator.values["webhook"] = "webhook-value"
    project_id = stack.outputs("project")["projectId"]
    body = {"projectId": project_id, "environment": "prod", "secretPath": "/", "secretValue": "webhook-value"}
    Admin(stack.standin.url).post("/api/v4/secrets/WEBHOOK", **body)

    await stack.up(program(keys=keys, optionalKeys=["WEBHOOK"]))

    assert stack.steps == [("update", "delivery")]
    assert (stack.outputs("delivery")["delivered"], stack.outputs("delivery")["missing"]) == (True, [])


async def test_a_required_value_is_missed_beside_an_optional_one(operator: FakeOperator, stack: Stack) -> None:
    operator.fails = True

    with pytest.raises(NotDelivered) as raised:
        await stack.up(program(keys={"one": "/ABSENT", "other": "/WEBHOOK"}, optionalKeys=["WEBHOOK"]))

    assert raised.value.keys[0] == "one"


@pytest.mark.parametrize("text", ["pass${NOWHERE}word", "pass${prod.apps.NOWHERE}word", "pass${gone.PASSWORD}word"])
async def test_a_reference_to_nothing_is_told_without_the_value(
    operator: FakeOperator, stack: Stack, text: str
) -> None:
    operator.values = {"url": "password"}

    await stack.up([*SEEDED, secret("URL", text), delivery(keys={"url": "/URL"}, literals={})])

    (warning,) = stack.log.warnings
    assert "the value of URL (/ in prod) has a '${…}'" in warning
    assert "NOWHERE" not in warning
    assert "password" not in warning


async def test_references_are_compared_as_the_operator_gets_them(operator: FakeOperator, stack: Stack) -> None:
    operator.values = {"url": f"https://{VALUES['PASSWORD']}@host"}

    await stack.up([*SEEDED, secret("URL", "https://${PASSWORD}@host"), delivery(keys={"url": "/URL"}, literals={})])

    assert stack.outputs("delivery")["delivered"]


async def test_a_value_that_changes_meanwhile_is_delivered_too(operator: FakeOperator, stack: Stack) -> None:
    await stack.up(program())
    operator.values["admin-password"] = "changed-by-hand"
    changed: list[str] = []

    def change_it_first(path: str) -> None:
        if not changed:
            set_value(stack, "PASSWORD", "changed-by-hand")
            changed.append(path)
        operator.act(path)

    operator.cluster.on_annotate = change_it_first

    await stack.up(program(declared="anew"))

    assert stack.outputs("delivery")["delivered"]


@pytest.mark.parametrize(
    ("message", "times"), [("unable to create client", 1), ("unable to validate store", 2)], ids=["login", "list"]
)
async def test_a_store_is_asked_to_try_again_but_no_refused_login_is_repeated(
    operator: FakeOperator, stack: Stack, message: str, times: int
) -> None:
    operator.fails = True
    operator.store(False, message)

    with pytest.raises(NotDelivered):
        await stack.up(program())

    assert len([write for write in operator.cluster.writes if write.path == STORE]) == times


async def test_a_store_that_recovers_delivers_at_once(operator: FakeOperator, stack: Stack) -> None:
    operator.store(False)
    operator.heals_store = True

    await stack.up(program())

    assert sum(stack.clock.slept) < 5


@pytest.mark.usefixtures("operator")
async def test_a_right_that_is_lacking_is_named(cluster: FakeCluster, stack: Stack) -> None:
    cluster.refused.add(EXTERNAL_SECRET)

    with pytest.raises(Exception, match=r"refused GET .*grafana-secret: 403 Forbidden.*kubectl auth can-i"):
        await stack.up(program())


@pytest.mark.parametrize(
    ("inputs", "reason"),
    [
        ({"keys": {"key": "NAME"}}, "keys is .* must be a mapping .* '/NAME'"),
        ({"keys": {"key": "//NAME"}}, "keys is .* must be a mapping"),
        ({"optionalKeys": ["OTHER"]}, "optionalKeys has 'OTHER', which must be one of .*: PASSWORD, TOKEN"),
        ({"timeoutSeconds": 0}, "timeoutSeconds is 0"),
        ({"namespace": " "}, "namespace is ' '"),
    ],
    ids=["no-slash", "no-folder-name", "unknown-optional", "no-time", "no-namespace"],
)
async def test_a_declaration_that_cannot_be_meant_is_refused(
    stack: Stack, inputs: dict[str, object], reason: str
) -> None:
    with pytest.raises(CheckFailed, match=reason):
        await stack.up([delivery(**{"projectId": "any", **inputs})])


async def test_there_is_nothing_to_import(operator: FakeOperator, stack: Stack) -> None:
    declared = delivery()

    with pytest.raises(Exception, match="a Delivery is a proof and no object"):
        await stack.up([*SEEDED, type(declared)("Delivery", "delivery", declared.inputs, imports="monitoring/x")])


def test_the_doubles_conditions_are_those_of_the_real_operator() -> None:
    """As the recordings of v0.20.4 have them."""
    assert READY["conditions"][0]["reason"] == "SecretSynced"
    assert FAILED["conditions"][0]["reason"] == "SecretSyncedError"
