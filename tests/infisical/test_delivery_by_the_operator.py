"""Deliveries by the real operator on a real API server: each failure of a running system ends with its cause named,
and what is mended is delivered by the next update."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator

import pytest

from infisical.delivery.report import NotDelivered
from sandbox.cluster import Cluster
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.operated import API, LITERALS, NAMESPACE, VALUES, App

SECONDS = 8.0
"""How long a delivery is waited for that will not come."""

HELD = {"first": VALUES["FIRST"], "second_key": VALUES["SECOND"], **LITERALS}


@pytest.fixture(scope="module")
def infisical() -> Iterator[FakeInfisical]:
    """One for all tests, whose permissions are looked up anew at once."""
    with FakeInfisical(permission_cache_seconds=0.1) as fake_infisical:
        yield fake_infisical


@pytest.fixture
async def app(operated_cluster: Cluster, infisical: FakeInfisical) -> AsyncIterator[App]:
    """One that is delivered, with a name of its own."""
    tag = f"app-{uuid.uuid4().hex[:8]}"
    app = App(infisical, operated_cluster.kubectl, tag)
    await app.set_up()
    await app.up()
    yield app
    operated_cluster.operator.start()
    infisical.start()
    infisical.clear_faults()


def assert_causes(error: pytest.ExceptionInfo[NotDelivered], app: App, *causes: str) -> None:
    said = str(error.value)
    assert f"{NAMESPACE}/{app.tag} is not delivered" in said
    for cause in causes:
        assert cause in said, said
    assert f"kubectl -n {NAMESPACE} describe externalsecret {app.tag}" in said
    assert not [value for value in VALUES.values() if value in said]


async def assert_recovers(app: App) -> None:
    await app.up(declared="mended")
    assert app.delivered
    assert app.held() == HELD
    await app.up(declared="mended")
    assert app.stack.steps == []


async def test_everything_declared_is_delivered_and_stays_so(app: App) -> None:
    assert app.delivered
    assert app.held() == HELD

    await app.up()

    assert app.stack.steps == []


async def test_asking_is_no_conflict_for_whoever_applies_the_objects(app: App, operated_cluster: Cluster) -> None:
    app.declare(third="/FIRST")

    await app.up(declared="third")

    found = operated_cluster.kubectl.get("externalsecrets.external-secrets.io", app.tag, NAMESPACE) or {}
    owners = {
        entry["manager"]
        for entry in found["metadata"]["managedFields"]
        if "f:annotations" in entry["fieldsV1"].get("f:metadata", {})
    }
    assert owners == {"homelab-delivery"}
    assert app.held()["third"] == VALUES["FIRST"]


async def test_a_value_changed_in_infisical_arrives_with_the_next_update(app: App) -> None:
    app.admin.set_secret(app.project_id, "FIRST", "changed-by-its-owner")

    await app.up()

    assert app.stack.steps == [("update", "delivery")]
    assert app.held()["first"] == "changed-by-its-owner"


async def test_a_wrong_project_slug(app: App) -> None:
    app.declare_store(slug="no-such-project")

    with pytest.raises(NotDelivered) as error:
        await app.up(declared="slug", seconds=SECONDS)

    assert_causes(error, app, "no-such-project", "ExternalSecret is not Ready", "is not Ready (Ready=False")
    assert app.held() == HELD
    app.declare_store()
    await assert_recovers(app)


async def test_a_key_that_infisical_does_not_have(app: App) -> None:
    app.declare(third="/THIRD")

    with pytest.raises(NotDelivered) as error:
        await app.up(declared="third", seconds=SECONDS, keys={"first": "/FIRST", "third": "/THIRD"}, literals={})

    assert_causes(error, app, "third: THIRD is not in Infisical (/ in prod); add THIRD")
    app.declare()
    await assert_recovers(app)


async def test_a_key_removed_in_infisical(app: App) -> None:
    where = {"projectId": app.project_id, "environment": "prod", "secretPath": "/"}
    app.admin.delete("/api/v4/secrets/SECOND", **where)

    with pytest.raises(NotDelivered) as error:
        await app.up(seconds=SECONDS)

    assert_causes(error, app, "second_key: SECOND is not in Infisical")
    assert app.held() == HELD
    app.admin.post("/api/v4/secrets/SECOND", **where, secretValue=VALUES["SECOND"])
    await assert_recovers(app)


async def test_an_optional_key_that_is_missing_is_told_and_delivered_once_it_is_there(app: App) -> None:
    app.declare(third="/THIRD")
    keys = {"first": "/FIRST", "second_key": "/SECOND", "third": "/THIRD"}

    await app.up(declared="third", keys=keys, optionalKeys=["THIRD"])

    assert (app.delivered, app.stack.outputs("delivery")["missing"]) == (False, ["THIRD"])
    where = {"projectId": app.project_id, "environment": "prod", "secretPath": "/"}
    app.admin.post("/api/v4/secrets/THIRD", **where, secretValue="third-value")
    await app.up(declared="third", keys=keys, optionalKeys=["THIRD"])
    assert app.delivered
    assert app.held() == {**HELD, "third": "third-value"}


async def test_a_membership_removed(app: App) -> None:
    membership = f"/api/v1/projects/{app.project_id}/memberships/identities/{app.of('identity')['identityId']}"
    app.admin.delete(membership)

    with pytest.raises(NotDelivered) as error:
        await app.up(declared="membership", seconds=SECONDS)

    assert_causes(error, app, "ExternalSecret is not Ready", "403")
    assert app.held() == HELD
    app.admin.post(membership, role="viewer")
    await assert_recovers(app)


async def test_a_client_secret_revoked(app: App) -> None:
    identity_id, credential = app.of("identity")["identityId"], app.of("credential")["clientSecretId"]
    base = f"/api/v1/auth/universal-auth/identities/{identity_id}"
    app.admin.post(f"{base}/client-secrets/{credential}/revoke")

    with pytest.raises(NotDelivered) as error:
        await app.up(declared="revoked", seconds=SECONDS)

    assert_causes(error, app, "ExternalSecret is not Ready", "401")
    assert app.held() == HELD
    # What a rotation does: another client secret, and an end of the lock that the operator's tries have brought.
    app.give_credentials(app.admin.post(f"{base}/client-secrets")["clientSecret"])
    app.admin.post(f"{base}/clear-lockouts")
    await assert_recovers(app)


async def test_an_infisical_that_is_down(app: App, infisical: FakeInfisical) -> None:
    infisical.stop()

    with pytest.raises(NotDelivered) as error:
        await app.up(declared="down", seconds=SECONDS)

    assert_causes(error, app, "Infisical's values cannot be read", "no connection could be made")
    assert app.held() == HELD
    infisical.start()
    await assert_recovers(app)


@pytest.mark.parametrize("kind", ["status", "hang"])
async def test_an_infisical_that_answers_with_errors_or_hangs(app: App, infisical: FakeInfisical, kind: str) -> None:
    infisical.order(kind, times=0, path="/api/*/secrets*", status=500)  # type: ignore[arg-type]

    with pytest.raises(NotDelivered) as error:
        await app.up(declared=kind, seconds=SECONDS)

    assert_causes(error, app, "500" if kind == "status" else "gave no answer within")
    assert app.held() == HELD
    # The operator waits for an answer without end, and for nothing else meanwhile: only a broken connection frees it.
    infisical.stop(kill=True)
    infisical.start()
    await assert_recovers(app)


async def test_an_operator_that_is_not_there(app: App, operated_cluster: Cluster) -> None:
    operated_cluster.operator.stop()

    with pytest.raises(NotDelivered) as error:
        await app.up(declared="alone", seconds=SECONDS)

    assert_causes(error, app, "the operator has not synced the ExternalSecret since it was asked to", "get pods")
    operated_cluster.operator.start()
    await assert_recovers(app)


async def test_a_secret_edited_by_hand_is_noticed_and_mended(app: App, operated_cluster: Cluster) -> None:
    operated_cluster.operator.stop()
    patch = '{"stringData": {"first": "by-hand"}}'
    operated_cluster.kubectl.run("patch", "secret", app.tag, "-n", NAMESPACE, "--type=merge", "-p", patch)

    await app.preview()

    assert ("update", "delivery") in app.stack.steps
    operated_cluster.operator.start()
    await app.up()
    assert app.held() == HELD


async def test_an_external_secret_that_is_gone(app: App, operated_cluster: Cluster) -> None:
    operated_cluster.kubectl.run("delete", f"externalsecrets.{API.partition('/')[0]}", app.tag, "-n", NAMESPACE)

    with pytest.raises(NotDelivered, match=f"there is no ExternalSecret {NAMESPACE}/{app.tag}"):
        await app.up(seconds=SECONDS)

    app.declare()
    await assert_recovers(app)
