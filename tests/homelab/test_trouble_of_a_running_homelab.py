"""What goes wrong in a running homelab ends the next `up` with its cause, loses nothing, and is mended by another."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.cluster import Cluster
from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner

pytestmark = pytest.mark.in_order

APP = ("authentik", "authentik-secret")
MANUAL = "BY_HAND"
SECRETS = "/api/*/secrets*"


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    """One app with a key that only its owner can give, which is there, delivered."""
    app = whole_homelab.config["homelab:apps"]["authentik"]
    app["keys"][MANUAL] = {"source": "manual"}
    whole_homelab.config["homelab:apps"] = {"authentik": app}
    whole_homelab.config["homelab:infisical"] |= {"deliverySeconds": 5}
    whole_homelab.declare()
    whole_homelab.up()
    Owner(whole_homelab).set(MANUAL, "given-by-the-owner")
    whole_homelab.up()
    return whole_homelab


@pytest.fixture
def cluster(homelab: Homelab) -> Cluster:
    assert isinstance(homelab.plane, Cluster)
    return homelab.plane


@pytest.fixture
def standin(cluster: Cluster) -> FakeInfisical:
    return FakeInfisical(cluster.argocd.directory)


@pytest.fixture
def held(homelab: Homelab) -> dict[str, str]:
    """What the app's Secret holds before the trouble."""
    held = homelab.secret(*APP)
    assert held[MANUAL] == "given-by-the-owner"
    return held


def assert_ends_with(homelab: Homelab, held: dict[str, str], *causes: str) -> None:
    failed = homelab.attempt("up", "--yes", "--skip-preview")

    assert failed.code != 0
    for cause in causes:
        assert cause in failed.output
    assert homelab.secret(*APP) == held
    assert not [value for value in held.values() if value in failed.output]


def assert_recovers(homelab: Homelab, held: dict[str, str]) -> None:
    homelab.config["homelab:infisical"] |= {"deliverySeconds": 60}
    homelab.declare()
    homelab.up(previewed=True)
    assert homelab.secret(*APP) == held
    homelab.up("--expect-no-changes")
    homelab.config["homelab:infisical"] |= {"deliverySeconds": 5}
    homelab.declare()


def test_a_server_that_is_down(homelab: Homelab, cluster: Cluster, held: dict[str, str]) -> None:
    cluster.argocd.stop()

    assert_ends_with(homelab, held, "authentik/authentik-secret is not delivered", "connection failed")

    cluster.argocd.start()
    assert_recovers(homelab, held)


@pytest.mark.parametrize(
    ("fault", "cause"),
    [({"kind": "status", "status": 500}, "500 Internal Server Error"), ({"kind": "hang"}, "did not answer within")],
    ids=["500", "hangs"],
)
def test_a_server_that_answers_with_errors_or_not_at_all(
    homelab: Homelab, standin: FakeInfisical, held: dict[str, str], fault: dict[str, Any], cause: str
) -> None:
    standin.order(**fault, path=SECRETS, times=0)

    assert_ends_with(homelab, held, "authentik/authentik-secret is not delivered", cause)

    # The operator waits for an answer without end: only a broken connection frees it.
    standin.server.stop(kill=True)
    assert_recovers(homelab, held)


def test_a_key_that_its_owner_removed_is_a_next_step_and_the_app_keeps_what_it_has(
    homelab: Homelab, held: dict[str, str]
) -> None:
    Owner(homelab).delete(MANUAL)

    homelab.up(previewed=True)

    assert f"add {MANUAL} to / in Infisical" in homelab.outputs()["nextSteps"][MANUAL]
    assert homelab.secret(*APP) == held
    Owner(homelab).set(MANUAL, "given-by-the-owner")
    assert_recovers(homelab, held)


def test_a_membership_that_was_removed_is_given_back(homelab: Homelab, held: dict[str, str]) -> None:
    owner = Owner(homelab)
    path = f"/api/v1/projects/{owner.project_id}/memberships/identities/{owner.identity()}"
    owner.call("DELETE", path)

    assert_recovers(homelab, held)
    assert owner.operator().status("GET", "prod", MANUAL) == 200


def test_another_project_slug_does_not_take_the_project_with_its_values_away(
    homelab: Homelab, held: dict[str, str]
) -> None:
    before = Owner(homelab).values()
    homelab.config["homelab:store"] |= {"projectSlug": "another-slug"}
    homelab.declare()

    failed = homelab.attempt("up", "--yes")

    assert failed.code != 0
    assert "protected" in failed.output
    assert homelab.secret(*APP) == held
    homelab.config["homelab:store"] |= {"projectSlug": "homelab"}
    assert_recovers(homelab, held)
    assert Owner(homelab).values() == before
