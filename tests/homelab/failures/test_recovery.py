"""After a failure in a running homelab, `up` reports the cause and loses nothing, and a later `up` recovers."""

from __future__ import annotations

import pytest

from sandbox.cluster import Cluster
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner
from tests.waiting import PATIENCE_SECONDS

APP = ("authentik", "authentik-secret")
MANUAL = "BY_HAND"


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab) -> Homelab:
    """One app has a key that was set by hand."""
    Owner(deployed_homelab).set(MANUAL, "given-by-the-owner")
    deployed_homelab.config["homelab:apps"]["authentik"]["keys"][MANUAL] = {"source": "manual"}
    deployed_homelab.declare()
    deployed_homelab.up()
    declare_delivery_seconds(deployed_homelab, 15)
    return deployed_homelab


@pytest.fixture
def cluster(homelab: Homelab) -> Cluster:
    return homelab.plane


@pytest.fixture
def held(homelab: Homelab) -> dict[str, str]:
    """The content of the app's Secret before the failure."""
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
    declare_delivery_seconds(homelab, int(PATIENCE_SECONDS))
    homelab.up()
    assert homelab.secret(*APP) == held
    declare_delivery_seconds(homelab, 15)


def declare_delivery_seconds(homelab: Homelab, seconds: int) -> None:
    homelab.config["homelab:infisical"] |= {"deliverySeconds": seconds}
    homelab.declare()


def test_a_server_that_is_down(homelab: Homelab, cluster: Cluster, held: dict[str, str]) -> None:
    """One that answers with errors or not at all: tests/infisical/delivery/test_with_the_operator.py."""
    cluster.argocd.stop()

    assert_ends_with(homelab, held, "authentik/authentik-secret is not delivered", "connection failed")

    cluster.argocd.start()
    assert_recovers(homelab, held)


def test_a_lost_project_gets_back_every_value_that_an_app_has(homelab: Homelab, held: dict[str, str]) -> None:
    owner = Owner(homelab)
    owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", "changed-by-the-owner")
    declare_delivery_seconds(homelab, int(PATIENCE_SECONDS))
    homelab.up()
    changed = homelab.secret(*APP)
    assert "changed-by-the-owner" in changed.values()
    before = owner.values()
    owner.call("DELETE", f"/api/v1/projects/{owner.project_id}")

    assert_recovers(homelab, changed)

    assert Owner(homelab).values() == before
    assert (
        f"{MANUAL}: Infisical had no value. The value in use in Secret {'/'.join(APP)} was seeded." in homelab.said[-1]
    )


def test_a_removed_membership_is_restored(homelab: Homelab, held: dict[str, str]) -> None:
    owner = Owner(homelab)
    path = f"/api/v1/projects/{owner.project_id}/memberships/identities/{owner.identity()}"
    owner.call("DELETE", path)

    assert_recovers(homelab, held)
    assert owner.operator().status("GET", "prod", MANUAL) == 200


def test_a_new_project_slug_moves_every_value_and_keeps_the_old_project(homelab: Homelab, held: dict[str, str]) -> None:
    before = Owner(homelab).values()
    homelab.config["homelab:store"] |= {"projectSlug": "another-slug", "folderPerApp": True}
    homelab.values = {f"grafana/{key}": value for key, value in homelab.values.items()}
    homelab.declare()

    assert_recovers(homelab, held)

    assert Owner(homelab).values() == before
    moved = f"{MANUAL} was copied from / in prod of project homelab to /authentik in prod of project another-slug."
    assert any(moved in said for said in homelab.said)


def test_after_the_recoveries_nothing_changes(homelab: Homelab) -> None:
    declare_delivery_seconds(homelab, int(PATIENCE_SECONDS))

    homelab.up("--expect-no-changes")
