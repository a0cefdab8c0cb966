"""Infisical or its login is broken in one way at a time: the doctor names that cause once, and a fix that works."""

from __future__ import annotations

import base64
import json
import re
import shlex

import httpx2
import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import Homelab
from tests.homelab.diagnosis.breaking import Changed, heal
from tests.homelab.diagnosis.doctor import Doctor
from tests.homelab.owner import Owner

LOGIN = ("external-secrets", "infisical-machine-identity")
OWN = ("infisical", "infisical-secrets")
CACHED = 12
"""Seconds after which Infisical reads permissions again. The doctor reports a clock that is ahead by more than 30."""


def test_an_identity_without_access_to_the_project_is_named(doctor: Doctor, owner: Owner, fake: FakeInfisical) -> None:
    path = f"/api/v1/projects/{owner.project_id}/memberships/identities/{owner.identity()}"
    before = owner.client.get(path).json()
    owner.call("DELETE", path)
    fake.advance(CACHED)

    (finding,) = doctor.findings()

    assert finding["id"] in ("not-a-member", "folder-refused"), (finding, before)


def test_a_revoked_client_secret_is_named(doctor: Doctor, owner: Owner) -> None:
    (held,) = owner.client_secrets()
    owner.call("POST", f"/api/v1/auth/universal-auth/identities/{owner.identity()}/client-secrets/{held}/revoke")

    (finding,) = doctor.findings()

    assert (finding["id"], finding["fix"]) == ("login-refused", "run `pulumi up`, which creates a new client secret")


def test_a_key_that_somebody_changed_is_named_and_the_preview_says_how_to_take_it_back(
    homelab: Homelab, doctor: Doctor
) -> None:
    other = base64.b64encode(b"canary" * 8).decode()
    doctor.values.add(other)
    patch = json.dumps({"stringData": {"AUTH_SECRET": other}})
    homelab.plane.kubectl.run("patch", "secret", OWN[1], "--namespace", OWN[0], "--type=merge", "--patch", patch)

    (finding,) = doctor.steps()["bootstrap-secrets"]["findings"]

    assert (finding["id"], finding["found"]) == ("own-key-changed", "the field manager kubectl-patch")
    assert finding["fix"] == "run `pulumi preview`, which names what changed it and how to take that back"
    said = " ".join(homelab.attempt("preview").output.split())
    (command,) = re.findall(r"`kubectl ([^`]+)`, then `pulumi up --refresh`", said)
    homelab.plane.kubectl.run(*shlex.split(command))


def test_the_fix_gives_back_the_access_the_client_secret_and_the_key(
    homelab: Homelab, doctor: Doctor, fake: FakeInfisical
) -> None:
    homelab.up("--refresh")
    fake.advance(CACHED)

    heal(homelab, doctor)
    fake.advance(-2 * CACHED)


def test_a_wrong_client_secret_is_one_finding_and_what_depends_on_it_is_not_checked(
    homelab: Homelab, doctor: Doctor
) -> None:
    with Changed(homelab, LOGIN, clientSecret="0" * 64):
        steps = doctor.steps()

    assert [found["id"] for step in steps.values() for found in step["findings"]] == ["login-refused"]
    (finding,) = steps["login"]["findings"]
    assert "401: Invalid credentials" in finding["found"]
    assert "pulumi up" in finding["fix"]
    assert {steps[name]["status"] for name in ("project", "secrets")} == {"not-checked"}
    assert doctor.code == 2
    heal(homelab, doctor)


def test_an_expired_client_secret_is_named(homelab: Homelab, doctor: Doctor, owner: Owner, fake: FakeInfisical) -> None:
    path = f"/api/v1/auth/universal-auth/identities/{owner.identity()}/client-secrets"
    made = owner.call("POST", path, description="short-lived", ttl=20, numUsesLimit=0)
    fake.advance(25)

    with Changed(homelab, LOGIN, clientSecret=made["clientSecret"]):
        (finding,) = doctor.findings()

    assert finding["id"] == "login-expired"
    assert finding["found"] == "401: Access denied due to expired client secret"
    fake.advance(-25)
    heal(homelab, doctor)


def test_keys_that_the_operator_does_not_read_are_no_login(homelab: Homelab, doctor: Doctor) -> None:
    held = homelab.secret(*LOGIN)
    with Changed(homelab, LOGIN, client_id=held["clientId"], clientId=""):
        (finding,) = doctor.findings()

    assert (finding["id"], finding["found"]) == ("login-incomplete", "no value")
    assert finding["where"] == ["Secret external-secrets/infisical-machine-identity, key clientId"]
    heal(homelab, doctor)


def test_placeholders_in_the_stores_login_are_named(homelab: Homelab, doctor: Doctor) -> None:
    with Changed(homelab, LOGIN, clientId="placeholder", clientSecret="changeme"):
        found = doctor.findings()

    assert {each["id"] for each in found} == {"login-incomplete"}
    assert [each["where"] for each in found] == [
        ["Secret external-secrets/infisical-machine-identity, key clientId"],
        ["Secret external-secrets/infisical-machine-identity, key clientSecret"],
    ]
    heal(homelab, doctor)


def test_a_locked_identity_is_named(homelab: Homelab, doctor: Doctor, owner: Owner) -> None:
    url, login = homelab.plane.infisical_url, homelab.secret(*LOGIN)
    auth = f"/api/v1/auth/universal-auth/identities/{owner.identity()}"
    owner.call("PATCH", auth, lockoutEnabled=True)
    # A login of the operator in between would end the count.
    homelab.plane.operator.stop()
    for _ in range(3):
        wrong = {**login, "clientSecret": "0" * 64}
        httpx2.post(f"{url}/api/v1/auth/universal-auth/login", json=wrong, verify=False)

    assert doctor.ids() == ["login-locked"]

    owner.call("POST", f"{auth}/clear-lockouts")
    owner.call("PATCH", auth, lockoutEnabled=False)
    homelab.plane.operator.start()
    heal(homelab, doctor)


def test_a_malformed_encryption_key_is_described_and_not_shown(homelab: Homelab, doctor: Doctor) -> None:
    doctor.values.add("canary-malformed-key")
    with Changed(homelab, OWN, ENCRYPTION_KEY="canary-malformed-key"):
        steps = doctor.steps()

    (finding,) = steps["bootstrap-secrets"]["findings"]
    assert finding["id"] == "own-key-malformed"
    assert finding["found"].startswith("20 characters")
    assert finding["found"].endswith("written by kubectl-patch")
    assert finding["expected"] == "exactly 32 hexadecimal characters"


def test_a_malformed_auth_secret_is_described(homelab: Homelab, doctor: Doctor) -> None:
    with Changed(homelab, OWN, AUTH_SECRET="too short"):
        (finding,) = doctor.steps()["bootstrap-secrets"]["findings"]

    assert (finding["id"], finding["expected"]) == ("own-key-malformed", "base64 of at least 32 bytes")


def test_a_missing_auth_secret_is_named(homelab: Homelab, doctor: Doctor) -> None:
    with Changed(homelab, OWN, AUTH_SECRET=""):
        (finding,) = doctor.steps()["bootstrap-secrets"]["findings"]

    assert (finding["id"], finding["where"]) == (
        "own-key-missing",
        ["Secret infisical/infisical-secrets, key AUTH_SECRET"],
    )


@pytest.mark.usefixtures("declared")
def test_a_wrong_project_slug_is_named(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:store"] |= {"projectSlug": "home-labs"}
    homelab.declare()

    (finding,) = doctor.findings()

    assert finding["id"] == "no-project"
    assert finding["expected"] == "a project with the slug 'home-labs'"


@pytest.mark.usefixtures("declared")
def test_a_wrong_environment_is_named(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:store"] |= {"environmentSlug": "staging"}
    homelab.declare()

    (finding,) = doctor.findings()

    assert (finding["id"], finding["expected"]) == ("no-environment", "staging")


@pytest.mark.usefixtures("declared")
def test_an_infisical_that_does_not_answer_is_named(homelab: Homelab, doctor: Doctor) -> None:
    homelab.config["homelab:infisical"] |= {"url": "http://127.0.0.1:1"}
    homelab.declare()

    (finding,) = doctor.findings()

    assert finding["id"] == "infisical-silent"
    assert "connection failed" in finding["found"]


def test_a_reference_that_the_identity_may_not_read_is_named_without_its_value(
    homelab: Homelab, doctor: Doctor, owner: Owner
) -> None:
    before = owner.values()["GRAFANA_OAUTH_CLIENT_SECRET"]
    owner.set("GRAFANA_OAUTH_CLIENT_SECRET", "${dev.TOKEN}-canary")

    (finding,) = doctor.findings()

    assert finding["id"] == "reference-unreadable"
    assert finding["what"].startswith("GRAFANA_OAUTH_CLIENT_SECRET (/ in prod) refers to a secret")
    assert "canary" not in json.dumps(finding)
    owner.set("GRAFANA_OAUTH_CLIENT_SECRET", before)
    heal(homelab, doctor)


def test_an_empty_database_is_named_and_the_fix_fills_it_again(
    homelab: Homelab, doctor: Doctor, owner: Owner, fake: FakeInfisical
) -> None:
    before = owner.values()
    fake.lose_data()

    (finding,) = doctor.findings()

    assert (finding["id"], finding["fix"]) == ("not-initialized", "run `pulumi up`, which creates the administrator")
    homelab.up()
    heal(homelab, doctor)
    assert Owner(homelab).values() == before
