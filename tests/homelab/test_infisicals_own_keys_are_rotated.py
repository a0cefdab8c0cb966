"""What Infisical and its neighbours need for themselves is rotated as an app's value is, each with what it takes."""

from __future__ import annotations

import json
from pathlib import Path

import httpx2
import pytest

from declaration.objects import SERVER
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner
from tests.homelab.watching import watched

pytestmark = pytest.mark.in_order

NAMES = ("infisicalAuthSecret", "infisicalPostgresPassword", "infisicalRedisPassword")


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the database was told: for each time, whether Infisical's Secrets had the new password already."""
    return tmp_path_factory.mktemp("database") / "altered"


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab, altered: Path) -> Homelab:
    """One app, delivered; the database notes what it is told."""
    grafana = whole_homelab.config["homelab:apps"]["grafana"]
    del grafana["keys"]["GRAFANA_OAUTH_CLIENT_SECRET"]
    whole_homelab.config["homelab:apps"] = {"grafana": grafana}
    kubectl = f"{whole_homelab.plane.kubectl.program} --kubeconfig {whole_homelab.plane.kubeconfig}"
    held = f"{kubectl} get secret infisical-helm-secrets -n argocd --ignore-not-found -o jsonpath='{{.data}}'"
    command = f'{held} | base64 -d 2> /dev/null | grep -c "$NEW_VALUE" >> {altered} || true'
    whole_homelab.config["homelab:infisical"]["database"] = {"kind": "bundled", "changePassword": command}
    whole_homelab.declare()
    whole_homelab.set_secret("argocdOidcClientSecret", "canary-first-oidc-secret")
    whole_homelab.up()
    deployment = ("rollout", "status", f"deployment/{SERVER}", "--namespace", "infisical", "--timeout=120s")
    whole_homelab.plane.kubectl.run(*deployment)
    return whole_homelab


def rotate(homelab: Homelab, *names: str) -> str:
    for name in names:
        homelab.run("config", "set", "--path", f"homelab:rotations.{name}", "2026-11")
    return homelab.up().output


def bootstrap(homelab: Homelab) -> dict[str, str]:
    return homelab.secret("infisical", "infisical-secrets")


def passwords(homelab: Homelab) -> list[str]:
    values = homelab.object("application", "infisical", "argocd")["spec"]["source"]["helm"]["valuesObject"]
    return [values[part]["auth"]["password"] for part in ("postgresql", "redis")]


def servers(homelab: Homelab) -> set[str]:
    """The uids of Infisical's pods."""
    found = homelab.plane.kubectl.list("pods", "infisical", "app.kubernetes.io/component=infisical")
    return {pod["metadata"]["uid"] for pod in found if not pod["metadata"].get("deletionTimestamp")}


def test_the_machine_identity_gets_a_new_client_secret_before_the_old_one_is_revoked(homelab: Homelab) -> None:
    old, before = homelab.secret("external-secrets", "infisical-machine-identity"), Owner(homelab).client_secrets()

    with watched(homelab, "external-secrets", "infisical-machine-identity") as seen:
        output = rotate(homelab, "infisicalMachineIdentityClientSecret")

    new = homelab.secret("external-secrets", "infisical-machine-identity")
    assert new["clientId"] == old["clientId"]
    assert new["clientSecret"] != old["clientSecret"]
    after = Owner(homelab).client_secrets()
    assert len(before) == len(after) == 1
    assert before != after
    url = homelab.config["homelab:infisical"]["url"]
    login = f"{url}/api/v1/auth/universal-auth/login"
    logins = [httpx2.post(login, json=credentials).status_code for credentials in (new, old)]
    assert logins[0] == 200
    assert logins[1] in (401, 403)
    assert "DELETED" not in seen.events
    store = homelab.object("clustersecretstore", "infisical")
    assert [c["status"] for c in store["status"]["conditions"] if c["type"] == "Ready"] == ["True"]
    assert old["clientSecret"] not in output
    assert new["clientSecret"] not in output


def test_a_new_auth_secret_restarts_infisical_and_everything_goes_on(homelab: Homelab) -> None:
    old, ran, token = bootstrap(homelab), servers(homelab), Owner(homelab)

    with watched(homelab, "infisical", "infisical-secrets") as seen:
        output = rotate(homelab, "infisicalAuthSecret")

    new = bootstrap(homelab)
    assert new["AUTH_SECRET"] != old["AUTH_SECRET"]
    assert new["ENCRYPTION_KEY"] == old["ENCRYPTION_KEY"]
    assert seen.events.count("DELETED") == 0
    assert servers(homelab).isdisjoint(ran)
    # What was handed out before is void: the server signs with the new one.
    assert token.client.get("/api/v1/organization").status_code in (401, 403)
    assert Owner(homelab).values()["GRAFANA_ADMIN_PASSWORD"]
    assert not {old["AUTH_SECRET"], new["AUTH_SECRET"]} & set(output.split())
    homelab.up("--expect-no-changes")


def test_the_databases_password_is_told_to_the_database_before_anything_else_has_it(
    homelab: Homelab, altered: Path
) -> None:
    old, ran = passwords(homelab), servers(homelab)

    output = rotate(homelab, "infisicalPostgresPassword", "infisicalRedisPassword")

    new = passwords(homelab)
    assert not set(old) & set(new)
    assert altered.read_text().split() == ["0"], "once, while nothing had the new password"
    helm = homelab.secret("argocd", "infisical-helm-secrets")["values.yaml"]
    assert all(password in helm for password in new)
    assert servers(homelab).isdisjoint(ran)
    assert not any(password in output for password in (*old, *new))


def test_a_date_that_is_taken_away_after_the_database_refused_leaves_the_password_that_it_has(homelab: Homelab) -> None:
    """The generated one is another by then, and nobody has told the database of it."""
    had, database = passwords(homelab), homelab.config["homelab:infisical"]["database"]
    homelab.config["homelab:infisical"]["database"] = {**database, "changePassword": "exit 1"}
    homelab.declare()
    homelab.run("config", "set", "--path", "homelab:rotations.infisicalPostgresPassword", "2026-12")
    assert homelab.attempt("up", "--yes", "--skip-preview").code != 0
    homelab.run("config", "rm", "--path", "homelab:rotations.infisicalPostgresPassword")

    homelab.up()

    assert passwords(homelab) == had
    homelab.config["homelab:infisical"]["database"] = database
    homelab.declare()


def test_a_given_password_that_is_taken_away_stays_while_the_database_has_it(homelab: Homelab) -> None:
    homelab.set_secret("infisicalPostgresPassword", "canary-given-password-of-the-database")
    homelab.up()
    had = passwords(homelab)
    assert had[0] == "canary-given-password-of-the-database"
    homelab.remove_secret("infisicalPostgresPassword")

    homelab.up()

    assert passwords(homelab) == had


def test_a_new_secret_of_argocds_oidc_client_changes_its_key_and_nothing_else(homelab: Homelab) -> None:
    before, ran = homelab.secret("argocd", "argocd-secret"), servers(homelab)
    homelab.set_secret("argocdOidcClientSecret", "canary-second-oidc-secret")

    output = homelab.up().output

    after = homelab.secret("argocd", "argocd-secret")
    assert after == {**before, "oidc.argocd.clientSecret": "canary-second-oidc-secret"}
    assert servers(homelab) == ran
    assert "canary" not in output


def test_after_all_of_it_nothing_is_left_to_change_and_no_value_is_in_clear_in_the_state(homelab: Homelab) -> None:
    homelab.up("--expect-no-changes")

    state = json.dumps(homelab.state())
    values = [*bootstrap(homelab).values(), *passwords(homelab)]
    values += homelab.secret("external-secrets", "infisical-machine-identity")["clientSecret"].split()
    assert not [value for value in values if value in state]


def test_the_markers_may_go_and_nothing_changes(homelab: Homelab) -> None:
    before = homelab.versions()
    homelab.run("config", "rm", "homelab:rotations")

    homelab.up()

    assert homelab.versions() == before
    homelab.up("--expect-no-changes")
