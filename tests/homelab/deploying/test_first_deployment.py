"""One `up` sets up Infisical and delivers every app's Secret, without manual steps."""

from __future__ import annotations

import pytest

from tests.homelab.deployment import EXTERNAL_SECRET, FROM_CONFIG, Homelab
from tests.homelab.owner import Owner


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    """A deployed homelab with all values of the stack config. Only GRAFANA_OAUTH_CLIENT_SECRET is missing."""
    for key in FROM_CONFIG:
        whole_homelab.set_value(key, f"value-of-{key.lower()}")
    whole_homelab.up(previewed=True)
    return whole_homelab


def ready(homelab: Homelab) -> dict[str, str]:
    return {
        name: next(c["status"] for c in item["status"]["conditions"] if c["type"] == "Ready")
        for name, item in homelab.objects(EXTERNAL_SECRET).items()
    }


def test_one_up_delivers_all_values_that_exist(homelab: Homelab) -> None:
    assert ready(homelab) == {
        "authentik/authentik-secret": "True",
        "monitoring/grafana-secret": "False",
        "openclaw/openclaw-secret": "True",
    }
    authentik = homelab.secret("authentik", "authentik-secret")
    assert set(authentik) == {
        "AUTHENTIK_SECRET_KEY",
        "AUTHENTIK_BOOTSTRAP_PASSWORD",
        "AUTHENTIK_BOOTSTRAP_TOKEN",
        "AUTHENTIK_POSTGRESQL__PASSWORD",
        "pg-password",
    }
    assert authentik["pg-password"] == authentik["AUTHENTIK_POSTGRESQL__PASSWORD"]
    assert len(authentik["AUTHENTIK_SECRET_KEY"]) == 64
    assert homelab.secret("openclaw", "openclaw-secret")["GITHUB_TOKEN"] == "value-of-github_token"


def test_a_missing_value_is_a_next_step_and_not_an_error(homelab: Homelab) -> None:
    steps = homelab.outputs()["nextSteps"]

    assert set(steps) == {"GRAFANA_OAUTH_CLIENT_SECRET", "Argo CD's OIDC client secret"}
    assert "add GRAFANA_OAUTH_CLIENT_SECRET to / in Infisical" in steps["GRAFANA_OAUTH_CLIENT_SECRET"]


def test_each_secret_holds_the_values_in_infisical(homelab: Homelab) -> None:
    held = Owner(homelab).values()

    authentik = homelab.secret("authentik", "authentik-secret")
    for key in ("AUTHENTIK_SECRET_KEY", "AUTHENTIK_BOOTSTRAP_PASSWORD", "AUTHENTIK_BOOTSTRAP_TOKEN"):
        assert authentik[key] == held[key]
    openclaw = homelab.secret("openclaw", "openclaw-secret")
    assert openclaw == {key: held[key] for key in openclaw}


def test_a_repeated_up_changes_nothing_and_creates_no_second_credential(homelab: Homelab) -> None:
    before, credentials = homelab.versions(), Owner(homelab).client_secrets()
    assert len(credentials) == 1

    homelab.up("--expect-no-changes")

    assert homelab.versions() == before
    assert Owner(homelab).client_secrets() == credentials


def test_the_next_up_delivers_a_value_that_was_added_by_hand(homelab: Homelab) -> None:
    Owner(homelab).set("GRAFANA_OAUTH_CLIENT_SECRET", "from-the-identity-provider")

    homelab.up()

    assert homelab.secret("monitoring", "grafana-secret") == {
        "admin-user": "admin",
        "oauth-client-id": "grafana",
        "admin-password": Owner(homelab).values()["GRAFANA_ADMIN_PASSWORD"],
        "oauth-client-secret": "from-the-identity-provider",
    }
    assert "GRAFANA_OAUTH_CLIENT_SECRET" not in homelab.outputs()["nextSteps"]


def test_a_value_that_was_changed_by_hand_is_kept_and_a_deleted_one_is_seeded_again(homelab: Homelab) -> None:
    owner = Owner(homelab)
    before = owner.values()["GRAFANA_ADMIN_PASSWORD"]
    owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", "changed-in-the-ui")
    owner.delete("GRAFANA_ADMIN_PASSWORD")

    homelab.up()

    assert owner.values()["AUTHENTIK_BOOTSTRAP_TOKEN"] == "changed-in-the-ui"
    assert homelab.secret("authentik", "authentik-secret")["AUTHENTIK_BOOTSTRAP_TOKEN"] == "changed-in-the-ui"
    assert owner.values()["GRAFANA_ADMIN_PASSWORD"] == before


def test_the_operator_can_only_read(homelab: Homelab) -> None:
    operator = Owner(homelab).operator()

    assert operator.status("GET", "prod", "AUTHENTIK_SECRET_KEY") == 200
    assert operator.status("POST", "prod", "INTRUDER") == 403
    assert operator.status("DELETE", "prod", "AUTHENTIK_SECRET_KEY") == 403
