"""A server locks an identity after three bad logins: a credential that was refused is not tried again and again."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from sandbox.cluster import Cluster
from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import EXTERNAL_SECRET, Homelab
from tests.homelab.owner import Owner

pytestmark = pytest.mark.in_order

MACHINE, ADMINISTRATOR = "/api/v1/auth/universal-auth/login", "/api/v3/auth/login"
END_OF_TOKEN = "/api/v1/auth/token/revoke"
DEADLINE_SECONDS = 60.0
APP = ("authentik", "authentik-secret")


class Logins:
    """The answers to calls since it was made, by their statuses."""

    def __init__(self, standin: FakeInfisical) -> None:
        self._standin = standin
        self._before = len(standin.requests())

    def of(self, path: str) -> list[int]:
        return [it["status"] for it in self._standin.requests()[self._before :] if it["path"] == path]


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    """One app, delivered."""
    whole_homelab.config["homelab:apps"] = {"authentik": whole_homelab.config["homelab:apps"]["authentik"]}
    whole_homelab.config["homelab:infisical"] |= {"deliverySeconds": 60}
    whole_homelab.declare()
    whole_homelab.up()
    return whole_homelab


@pytest.fixture
def cluster(homelab: Homelab) -> Cluster:
    assert isinstance(homelab.plane, Cluster)
    return homelab.plane


@pytest.fixture
def standin(cluster: Cluster) -> FakeInfisical:
    return FakeInfisical(cluster.argocd.directory)


def test_a_revoked_client_secret_is_replaced_without_being_tried(
    homelab: Homelab, cluster: Cluster, standin: FakeInfisical
) -> None:
    owner = Owner(homelab)
    (revoked,) = owner.client_secrets()
    revoke(owner, revoked)
    declare_patience(homelab, 5)
    # What logs in without it is the program.
    cluster.operator.stop()
    logins = Logins(standin)

    failed = homelab.attempt("up", "--yes")

    assert "the operator has not synced the ExternalSecret" in failed.output
    assert logins.of(MACHINE) == [200], "the new one is tried once"
    assert logins.of(END_OF_TOKEN) == [200], "and leaves no token behind"
    cluster.operator.start()
    declare_patience(homelab, 60)
    homelab.up(previewed=True)
    assert set(logins.of(MACHINE)) == {200}
    (new,) = owner.client_secrets()
    assert new != revoked
    homelab.up("--expect-no-changes")


def test_the_lock_that_the_operators_own_tries_bring_does_not_outlive_an_up(
    homelab: Homelab, cluster: Cluster, standin: FakeInfisical
) -> None:
    """The operator tries a revoked client secret three times within seconds, whoever asked it to sync."""
    owner, logins = Owner(homelab), Logins(standin)
    (revoked,) = owner.client_secrets()
    revoke(owner, revoked)
    force_sync(cluster)
    wait_for(lambda: logins.of(MACHINE).count(401) >= 3, "the operator has tried three times")

    homelab.up(previewed=True)

    (new,) = owner.client_secrets()
    assert new != revoked
    assert homelab.secret(*APP)["AUTHENTIK_SECRET_KEY"] == owner.values()["AUTHENTIK_SECRET_KEY"]
    logins = Logins(standin)
    force_sync(cluster)
    wait_for(lambda: len(logins.of(MACHINE)) > 0, "the operator has logged in")
    assert set(logins.of(MACHINE)) == {200}
    homelab.up("--expect-no-changes")


@pytest.mark.parametrize("command", [("preview",), ("up", "--yes", "--skip-preview")], ids=["preview", "up"])
def test_the_administrators_wrong_password_is_tried_once(
    homelab: Homelab, standin: FakeInfisical, command: tuple[str, ...]
) -> None:
    homelab.set_secret("infisicalAdminPassword", "not-the-password")
    logins = Logins(standin)

    done = homelab.attempt(*command)

    assert "Infisical cannot log in as admin@" in done.output
    assert "400 BadRequest: Invalid credentials" in done.output
    assert logins.of(ADMINISTRATOR) == [400]
    if command[0] == "up":
        assert done.code != 0, "nothing was proven"
    homelab.remove_secret("infisicalAdminPassword")
    homelab.credentials.clear()
    homelab.up()


def revoke(owner: Owner, client_secret: str) -> None:
    path = f"/api/v1/auth/universal-auth/identities/{owner.identity()}/client-secrets/{client_secret}/revoke"
    owner.call("POST", path)


def force_sync(cluster: Cluster) -> None:
    """What the operator does of itself when its interval is over."""
    now = f"force-sync={time.monotonic_ns()}"
    cluster.kubectl.run("annotate", EXTERNAL_SECRET, APP[1], "--namespace", APP[0], "--overwrite", now)


def declare_patience(homelab: Homelab, seconds: int) -> None:
    homelab.config["homelab:infisical"] |= {"deliverySeconds": seconds}
    homelab.declare()


def wait_for(condition: Callable[[], bool], what: str) -> None:
    deadline = time.monotonic() + DEADLINE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_SECONDS:.0f} s until {what}"
