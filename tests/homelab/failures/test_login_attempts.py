"""
A server counts failed logins, so the program never retries a wrong credential.

One update, without a refresh, replaces a client secret that is revoked in Infisical or wrong in the cluster.
"""

from __future__ import annotations

import time

import pytest

from sandbox.cluster import Cluster
from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner
from tests.waiting import eventually

MACHINE, ADMINISTRATOR = "/api/v1/auth/universal-auth/login", "/api/v3/auth/login"
END_OF_TOKEN = "/api/v1/auth/token/revoke"
CREDENTIALS = ("external-secrets", "infisical-machine-identity")
APP = ("authentik", "authentik-secret")


class Logins:
    """The status of each answer since this object was created."""

    def __init__(self, fake: FakeInfisical) -> None:
        self._fake = fake
        self._before = len(fake.requests())

    def of(self, path: str) -> list[int]:
        return [it["status"] for it in self._fake.requests()[self._before :] if it["path"] == path]


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    return deployed_homelab


@pytest.fixture
def cluster(homelab: Homelab) -> Cluster:
    return homelab.plane


@pytest.fixture
def fake(cluster: Cluster) -> FakeInfisical:
    return FakeInfisical(cluster.argocd.directory)


def test_a_revoked_client_secret_is_replaced_without_a_login(
    homelab: Homelab, cluster: Cluster, fake: FakeInfisical
) -> None:
    owner = Owner(homelab)
    (revoked,) = owner.client_secrets()
    revoke(owner, revoked)
    declare_delivery_seconds(homelab, 15)
    # Now only the program logs in.
    cluster.operator.stop()
    logins = Logins(fake)

    failed = homelab.attempt("up", "--yes", "--skip-preview")

    assert "the operator has not synced the ExternalSecret" in failed.output
    assert logins.of(MACHINE) == [200], "one login with the new secret"
    assert logins.of(END_OF_TOKEN) == [200], "its token is revoked"
    cluster.operator.start()
    declare_delivery_seconds(homelab, 60)
    homelab.up()
    assert set(logins.of(MACHINE)) == {200}
    (new,) = owner.client_secrets()
    assert new != revoked


def test_an_up_heals_a_client_secret_that_the_operator_has_tried(
    homelab: Homelab, cluster: Cluster, fake: FakeInfisical
) -> None:
    """The operator tries a wrong client secret three times within seconds."""
    owner, logins = Owner(homelab), Logins(fake)
    (before,) = owner.client_secrets()
    wrong = '{"stringData": {"clientSecret": "written-by-hand"}}'
    cluster.kubectl.run("patch", "secret", CREDENTIALS[1], "--namespace", CREDENTIALS[0], "--patch", wrong)
    force_sync(cluster)
    eventually(lambda: logins.of(MACHINE).count(401) >= 3, "the operator has tried three times")

    homelab.up()

    (new,) = owner.client_secrets()
    assert new != before
    assert homelab.secret(*APP)["AUTHENTIK_SECRET_KEY"] == owner.values()["AUTHENTIK_SECRET_KEY"]
    logins = Logins(fake)
    force_sync(cluster)
    eventually(lambda: len(logins.of(MACHINE)) > 0, "the operator has logged in")
    assert set(logins.of(MACHINE)) == {200}


def test_after_the_replacements_nothing_changes(homelab: Homelab) -> None:
    homelab.up("--expect-no-changes")


def test_a_wrong_password_of_the_administrator_is_tried_once_by_each_command(
    homelab: Homelab, fake: FakeInfisical
) -> None:
    homelab.set_secret("infisicalAdminPassword", "not-the-password")

    for command in (("preview",), ("up", "--yes", "--skip-preview")):
        logins = Logins(fake)
        done = homelab.attempt(*command)

        assert "Infisical cannot log in as admin@" in done.output
        assert "400 BadRequest: Invalid credentials" in done.output
        assert logins.of(ADMINISTRATOR) == [400]
    assert done.code != 0, "there was no delivery check"


def revoke(owner: Owner, client_secret: str) -> None:
    path = f"/api/v1/auth/universal-auth/identities/{owner.identity()}/client-secrets/{client_secret}/revoke"
    owner.call("POST", path)


def force_sync(cluster: Cluster) -> None:
    """Make the operator sync now, as it does after each interval."""
    now = f"force-sync={time.monotonic_ns()}"
    cluster.kubectl.run("annotate", EXTERNAL_SECRET, APP[1], "--namespace", APP[0], "--overwrite", now)


def declare_delivery_seconds(homelab: Homelab, seconds: int) -> None:
    homelab.config["homelab:infisical"] |= {"deliverySeconds": seconds}
    homelab.declare()
