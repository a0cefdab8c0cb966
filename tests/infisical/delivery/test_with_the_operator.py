"""
Deliveries by the real operator on a real API server.

Each failure of a running system is an error with its cause, and once that is fixed, the next update delivers.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator, Iterator
from typing import Literal

import pytest

from sandbox.cluster import Cluster
from sandbox.infisical.fake import FakeInfisical
from tests.infisical.operated import API, LITERALS, NAMESPACE, VALUES, App

pytestmark = pytest.mark.story

HANGING_SECONDS = 1.0
"""How long a check waits for an answer that never comes."""

HELD = {"first": VALUES["FIRST"], "second_key": VALUES["SECOND"], **LITERALS}


@pytest.fixture(autouse=True)
def _time_for_the_last_observation(monkeypatch: pytest.MonkeyPatch) -> None:
    """`App.fails` ends the check's time, but its last observation needs real time."""
    monkeypatch.setattr("infisical.delivery.check.SHORTEST_OBSERVE_SECONDS", 10.0)


@pytest.fixture(scope="module")
def infisical() -> Iterator[FakeInfisical]:
    """One server for all tests; it caches permissions only briefly."""
    with FakeInfisical(permission_cache_seconds=0.1) as fake_infisical:
        yield fake_infisical


@pytest.fixture
async def app(operated_cluster: Cluster, infisical: FakeInfisical) -> AsyncIterator[App]:
    """A delivered app with a unique name."""
    tag = f"app-{uuid.uuid4().hex[:8]}"
    app = App(infisical, operated_cluster.kubectl, tag)
    await app.set_up()
    await app.up()
    yield app
    operated_cluster.operator.start()
    infisical.start()
    infisical.clear_faults()


def assert_causes(message: str, app: App, *causes: str) -> None:
    assert f"{NAMESPACE}/{app.tag} is not delivered" in message
    for cause in causes:
        assert cause in message, message
    assert f"kubectl -n {NAMESPACE} describe externalsecret {app.tag}" in message
    assert not [value for value in VALUES.values() if value in message]


async def assert_recovers(app: App) -> None:
    await app.up(declared="repaired")
    assert app.delivered
    assert app.held() == HELD
    await app.up(declared="repaired")
    assert app.stack.steps == []


async def test_everything_declared_is_delivered_once(app: App) -> None:
    assert app.delivered
    assert app.held() == HELD

    await app.up()

    assert app.stack.steps == []


async def test_requesting_a_sync_causes_no_field_conflict(app: App, operated_cluster: Cluster) -> None:
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

    error = await app.fails("slug", once=lambda: not app.is_ready() and not app.store_is_ready())

    assert_causes(error, app, "no-such-project", "ExternalSecret is not Ready", "is not Ready (Ready=False")
    assert app.held() == HELD
    app.declare_store()
    await assert_recovers(app)


async def test_a_key_that_is_missing_in_infisical(app: App) -> None:
    app.declare(third="/THIRD")

    error = await app.fails("third", keys={"first": "/FIRST", "third": "/THIRD"}, literals={})

    assert_causes(error, app, "third: THIRD does not exist in Infisical (/ in prod). Fix: add THIRD")
    app.declare()
    await assert_recovers(app)


async def test_a_key_that_was_deleted_in_infisical(app: App) -> None:
    where = {"projectId": app.project_id, "environment": "prod", "secretPath": "/"}
    app.admin.delete("/api/v4/secrets/SECOND", **where)

    error = await app.fails()

    assert_causes(error, app, "second_key: SECOND does not exist in Infisical")
    assert app.held() == HELD
    app.admin.post("/api/v4/secrets/SECOND", **where, secretValue=VALUES["SECOND"])
    await assert_recovers(app)


async def test_a_missing_optional_key_is_reported_and_delivered_once_it_exists(app: App) -> None:
    app.declare(third="/THIRD")
    keys = {"first": "/FIRST", "second_key": "/SECOND", "third": "/THIRD"}

    await app.up(declared="third", keys=keys, optionalKeys=["THIRD"])

    assert (app.delivered, app.stack.outputs("delivery")["missing"]) == (False, ["THIRD"])
    where = {"projectId": app.project_id, "environment": "prod", "secretPath": "/"}
    app.admin.post("/api/v4/secrets/THIRD", **where, secretValue="third-value")
    await app.up(declared="third", keys=keys, optionalKeys=["THIRD"])
    assert app.delivered
    assert app.held() == {**HELD, "third": "third-value"}


async def test_a_reference_that_the_operator_may_not_read_stops_only_its_own_key(
    app: App, operated_cluster: Cluster
) -> None:
    """The store lists an empty folder: with the reference in that list, no app would get its values."""
    where = {"projectId": app.project_id, "environment": "prod", "path": "/"}
    app.admin.post("/api/v2/folders", **where, name="eso_check_keep_empty")
    app.declare_store(path="/eso_check_keep_empty")
    app.admin.post(f"/api/v1/projects/{app.project_id}/environments", name="hidden", slug="hidden")
    for environment, name, value in (("hidden", "HIDDEN", "hidden-value"), ("prod", "REFERRING", "${hidden.HIDDEN}")):
        place = {"projectId": app.project_id, "environment": environment, "secretPath": "/"}
        app.admin.post(f"/api/v4/secrets/{name}", **place, secretValue=value)
    app.admin.set_secret(app.project_id, "FIRST", "changed-by-its-owner")

    await app.up(declared="others", readablePaths=["/"])

    assert app.held()["first"] == "changed-by-its-owner"
    app.declare(third="/REFERRING")
    keys = {"first": "/FIRST", "second_key": "/SECOND", "third": "/REFERRING"}
    error = await app.fails("third", once=lambda: not app.is_ready(), keys=keys, readablePaths=["/"])
    assert "third: The value of REFERRING (/ in prod) refers to HIDDEN (/ in hidden), which the" in error
    assert "ClusterSecretStore" in error
    assert f"ClusterSecretStore {app.tag}: Ready=True" in error


async def test_a_removed_membership(app: App) -> None:
    membership = f"/api/v1/projects/{app.project_id}/memberships/identities/{app.of('identity')['identityId']}"
    app.admin.delete(membership)

    error = await app.fails("membership", once=lambda: not app.is_ready())

    assert_causes(error, app, "ExternalSecret is not Ready", "403")
    assert app.held() == HELD
    app.admin.post(membership, role="viewer")
    await assert_recovers(app)


async def test_a_revoked_client_secret(app: App) -> None:
    identity_id, credential = app.of("identity")["identityId"], app.of("credential")["clientSecretId"]
    base = f"/api/v1/auth/universal-auth/identities/{identity_id}"
    app.admin.post(f"{base}/client-secrets/{credential}/revoke")

    error = await app.fails("revoked", once=lambda: not app.is_ready())

    assert_causes(error, app, "ExternalSecret is not Ready", "401")
    assert app.held() == HELD
    # As a rotation does: create a new client secret, and clear the lock after the operator's bad logins.
    app.give_credentials(app.admin.post(f"{base}/client-secrets")["clientSecret"])
    app.admin.post(f"{base}/clear-lockouts")
    await assert_recovers(app)


async def test_an_unreachable_infisical(app: App, infisical: FakeInfisical) -> None:
    infisical.stop()

    error = await app.fails("down")

    assert_causes(error, app, "Infisical's values cannot be read", "connection failed")
    assert app.held() == HELD
    infisical.start()
    await assert_recovers(app)


@pytest.mark.parametrize("kind", ["status", "hang"])
async def test_an_infisical_that_fails_or_hangs(
    app: App, infisical: FakeInfisical, kind: Literal["status", "hang"], monkeypatch: pytest.MonkeyPatch
) -> None:
    infisical.order(kind, times=0, path="/api/*/secrets*", status=500)
    if kind == "hang":
        monkeypatch.setattr("infisical.delivery.check.OBSERVE_SECONDS", HANGING_SECONDS)
        monkeypatch.setattr("infisical.delivery.check.SHORTEST_OBSERVE_SECONDS", HANGING_SECONDS)

    error = await app.fails(kind, once=None if kind == "hang" else lambda: not app.is_ready())

    assert_causes(error, app, "500" if kind == "status" else "did not answer within")
    assert app.held() == HELD
    # The operator waits for an answer without a time limit: only a broken connection ends that.
    infisical.stop(kill=True)
    infisical.start()
    await assert_recovers(app)


async def test_a_stopped_operator(app: App, operated_cluster: Cluster) -> None:
    operated_cluster.operator.stop()

    error = await app.fails("alone")

    assert_causes(error, app, "the operator has not synced the ExternalSecret since the check requested it", "get pods")
    operated_cluster.operator.start()
    await assert_recovers(app)


async def test_a_secret_that_was_edited_by_hand_is_found_and_repaired(app: App, operated_cluster: Cluster) -> None:
    operated_cluster.operator.stop()
    patch = '{"stringData": {"first": "by-hand"}}'
    operated_cluster.kubectl.run("patch", "secret", app.tag, "-n", NAMESPACE, "--type=merge", "-p", patch)

    await app.preview()

    assert ("update", "delivery") in app.stack.steps
    operated_cluster.operator.start()
    await app.up()
    assert app.held() == HELD


async def test_a_deleted_external_secret(app: App, operated_cluster: Cluster) -> None:
    operated_cluster.kubectl.run("delete", f"externalsecrets.{API.partition('/')[0]}", app.tag, "-n", NAMESPACE)

    assert f"ExternalSecret {NAMESPACE}/{app.tag} not found" in await app.fails()

    app.declare()
    await assert_recovers(app)
