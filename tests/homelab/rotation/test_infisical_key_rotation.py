"""Infisical's own keys are rotated like the values of apps."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import httpx2
import pytest

from declaration.objects import SERVER
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner, is_https
from tests.homelab.watching import watched
from tests.waiting import PATIENCE_SECONDS, eventually

NAME = "infisicalMachineIdentityClientSecret"


@pytest.fixture(scope="module")
def altered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with one line for each run of the command: whether a Secret had the new password already."""
    return tmp_path_factory.mktemp("database") / "altered"


@pytest.fixture(scope="module")
def homelab(deployed_homelab: Homelab, altered: Path) -> Homelab:
    """A deployed homelab. The command of the database writes to `altered`."""
    kubectl = f"{deployed_homelab.plane.kubectl.program} --kubeconfig {deployed_homelab.plane.kubeconfig}"
    held = f"{kubectl} get secret infisical-helm-secrets -n argocd --ignore-not-found -o jsonpath='{{.data}}'"
    command = f'{held} | base64 -d 2> /dev/null | grep -c "$NEW_VALUE" >> {altered} || true'
    deployed_homelab.config["homelab:infisical"]["database"] = {"kind": "bundled", "changePassword": command}
    deployment = (f"deployment/{SERVER}", "--namespace", "infisical")
    deployed_homelab.plane.kubectl.run("rollout", "status", *deployment, f"--timeout={PATIENCE_SECONDS}s")
    return deployed_homelab


def rotate(homelab: Homelab, *names: str, trigger: str = "2026-11") -> str:
    homelab.rotate(*names, trigger=trigger)
    return homelab.up().output


def bootstrap(homelab: Homelab) -> dict[str, str]:
    return homelab.secret("infisical", "infisical-secrets")


def passwords(homelab: Homelab) -> list[str]:
    values = homelab.object("application", "infisical", "argocd")["spec"]["source"]["helm"]["valuesObject"]
    return [values[part]["auth"]["password"] for part in ("postgresql", "redis")]


def servers(homelab: Homelab) -> set[str]:
    """The UIDs of Infisical's pods."""
    found = homelab.plane.kubectl.list("pods", "infisical", "app.kubernetes.io/component=infisical")
    return {pod["metadata"]["uid"] for pod in found if not pod["metadata"].get("deletionTimestamp")}


def store_is_ready(homelab: Homelab) -> bool:
    conditions = homelab.object("clustersecretstore", "infisical")["status"]["conditions"]
    return [each["status"] for each in conditions if each["type"] == "Ready"] == ["True"]


def test_the_machine_identity_gets_a_new_client_secret_before_the_old_one_is_revoked(homelab: Homelab) -> None:
    old, before = homelab.secret("external-secrets", "infisical-machine-identity"), Owner(homelab).client_secrets()
    first_day = datetime.datetime.now(datetime.UTC).date().isoformat()

    with watched(homelab, "external-secrets", "infisical-machine-identity") as seen:
        output = rotate(homelab, NAME, trigger="2020-01")

    new = homelab.secret("external-secrets", "infisical-machine-identity")
    assert new["clientId"] == old["clientId"]
    assert new["clientSecret"] != old["clientSecret"]
    after = Owner(homelab).client_secrets()
    assert len(before) == len(after) == 1
    assert before != after
    url = homelab.config["homelab:infisical"]["url"]
    login = f"{url}/api/v1/auth/universal-auth/login"
    logins = [httpx2.post(login, json=credentials, verify=is_https(url)).status_code for credentials in (new, old)]
    assert logins[0] == 200
    assert logins[1] in (401, 403)
    assert "DELETED" not in seen.events
    # The operator checks its store by itself, some time after the Secret with the login has changed.
    eventually(lambda: store_is_ready(homelab), "the store is Ready")
    assert old["clientSecret"] not in output
    assert new["clientSecret"] not in output
    dated = re.match(r"since (\d{4}-\d\d-\d\d), ", homelab.outputs()["rotations"][NAME])
    assert dated
    assert dated[1] >= first_day, "the age is not that of the trigger"


def test_a_new_auth_secret_restarts_infisical_and_delivery_continues(homelab: Homelab) -> None:
    old, ran, token = bootstrap(homelab), servers(homelab), Owner(homelab)

    with watched(homelab, "infisical", "infisical-secrets") as seen:
        output = rotate(homelab, "infisicalAuthSecret")

    new = bootstrap(homelab)
    assert new["AUTH_SECRET"] != old["AUTH_SECRET"]
    assert new["ENCRYPTION_KEY"] == old["ENCRYPTION_KEY"]
    assert seen.events.count("DELETED") == 0
    assert servers(homelab).isdisjoint(ran)
    # Earlier tokens are invalid: the server signs with the new secret.
    assert token.client.get("/api/v1/organization").status_code in (401, 403)
    assert Owner(homelab).values()["GRAFANA_ADMIN_PASSWORD"]
    assert not {old["AUTH_SECRET"], new["AUTH_SECRET"]} & set(output.split())


def test_the_database_gets_a_new_password_before_anything_else(homelab: Homelab, altered: Path) -> None:
    old, ran = passwords(homelab), servers(homelab)

    output = rotate(homelab, "infisicalPostgresPassword", "infisicalRedisPassword")

    new = passwords(homelab)
    assert not set(old) & set(new)
    assert altered.read_text().split() == ["0"], "one run, before any Secret had the new password"
    helm = homelab.secret("argocd", "infisical-helm-secrets")["values.yaml"]
    assert all(password in helm for password in new)
    assert servers(homelab).isdisjoint(ran)
    assert not any(password in output for password in (*old, *new))


def test_removing_a_trigger_after_a_failed_command_keeps_the_password(homelab: Homelab) -> None:
    """By then a new password was generated, but the database does not know it."""
    had, database = passwords(homelab), homelab.config["homelab:infisical"]["database"]
    homelab.config["homelab:infisical"]["database"] = {**database, "changePassword": "exit 1"}
    homelab.rotate("infisicalPostgresPassword", trigger="2026-12")
    assert homelab.attempt("up", "--yes", "--skip-preview").code != 0
    homelab.remove_triggers("infisicalPostgresPassword")

    homelab.up()

    assert passwords(homelab) == had
    homelab.config["homelab:infisical"]["database"] = database
    homelab.declare()


def test_removing_a_given_password_keeps_it(homelab: Homelab) -> None:
    homelab.set_secret("infisicalPostgresPassword", "canary-given-password-of-the-database")
    homelab.up()
    had = passwords(homelab)
    assert had[0] == "canary-given-password-of-the-database"
    homelab.remove_secret("infisicalPostgresPassword")

    homelab.up()

    assert passwords(homelab) == had


def test_a_new_oidc_client_secret_changes_only_its_key(homelab: Homelab) -> None:
    before, ran = homelab.secret("argocd", "argocd-secret"), servers(homelab)
    homelab.set_secret("argocdOidcClientSecret", "canary-second-oidc-secret")

    output = homelab.up().output

    after = homelab.secret("argocd", "argocd-secret")
    assert after == {**before, "oidc.argocd.clientSecret": "canary-second-oidc-secret"}
    assert servers(homelab) == ran
    assert "canary" not in output


def test_after_the_rotations_nothing_changes_and_the_state_is_encrypted(homelab: Homelab) -> None:
    homelab.up("--expect-no-changes")

    state = json.dumps(homelab.state())
    values = [*bootstrap(homelab).values(), *passwords(homelab)]
    values += homelab.secret("external-secrets", "infisical-machine-identity")["clientSecret"].split()
    assert not [value for value in values if value in state]


def test_removing_all_triggers_changes_nothing(homelab: Homelab) -> None:
    before = homelab.versions()
    homelab.remove_triggers()

    homelab.up()

    assert homelab.versions() == before
