"""Lengths and numbers that the server refuses, each in its own way."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.admin import EMAIL, PASSWORD, Admin, place, query
from tests.sandbox.infisical.client import send

UNIVERSAL_AUTH = "/api/v1/auth/universal-auth/identities"
PRIVILEGES = "/api/v2/identity-project-additional-privilege"


@pytest.fixture(scope="module")
def project(admin: Admin) -> str:
    return admin.project("limits")


def test_a_secret_name_of_100_characters_is_the_longest(admin: Admin, project: str) -> None:
    admin.secret(project, "N" * 100, "value")
    path = f"/api/v4/secrets/{'N' * 101}"

    created = admin.call("POST", path, place(project) | {"secretValue": "value"})
    read = admin.call("GET", f"{path}?{query(project)}")

    assert (created.status, created.body["error"]) == (404, "Not Found")
    assert created.body["message"] == f"Route POST:{path} not found"
    assert read.status == 404


@pytest.mark.parametrize("what", ["client secret", "folder"])
def test_a_description_of_300_characters_is_a_server_error(admin: Admin, project: str, what: str) -> None:
    path, body = {
        "client secret": (f"{UNIVERSAL_AUTH}/{admin.identity().identity}/client-secrets", {}),
        "folder": ("/api/v2/folders", {"projectId": project, "environment": "prod", "name": "described"}),
    }[what]

    def create(length: int) -> int:
        return admin.call("POST", path, {**body, "description": "d" * length}).status

    assert create(300) == 500
    assert create(255) == 200


@pytest.mark.parametrize("slug", ["s" * 37, "s" * 4, "Homelab", "home lab", "home--lab", "-homelab"])
def test_a_project_slug_has_5_to_36_characters(admin: Admin, slug: str) -> None:
    assert admin.call("POST", "/api/v1/projects", {"projectName": "x", "slug": slug}).status == 422


@pytest.mark.parametrize("slug", ["Prod", "pr od", "prod!", "-prod", "p" * 65])
def test_a_bad_environment_slug_is_refused(admin: Admin, project: str, slug: str) -> None:
    path = f"/api/v1/projects/{project}/environments"

    assert admin.call("POST", path, {"name": "x", "slug": slug}).status == 422


def test_a_search_returns_at_most_100_identities(admin: Admin) -> None:
    assert admin.call("POST", "/api/v1/identities/search", {"search": {}, "limit": 101}).status == 422
    assert admin.call("POST", "/api/v1/identities/search", {"search": {}, "limit": 100}).status == 200


def test_the_lockout_threshold_is_at_most_30(admin: Admin) -> None:
    path = f"{UNIVERSAL_AUTH}/{admin.identity().identity}"

    assert admin.call("PATCH", path, {"lockoutThreshold": 31}).status == 422
    assert admin.call("PATCH", path, {"lockoutThreshold": 30}).status == 200


def test_an_unknown_action_of_a_privilege_is_refused(admin: Admin, project: str) -> None:
    login = admin.identity()
    admin.member(project, login, "no-access")
    body: dict[str, Any] = {"identityId": login.identity, "projectId": project, "type": {"isTemporary": False}}

    def grant(*actions: str) -> int:
        permissions = [{"subject": "secrets", "action": list(actions)}]
        return admin.call("POST", PRIVILEGES, body | {"permissions": permissions}).status

    assert grant("readValue", "look") == 422
    assert grant("readValue") == 200


def test_a_bootstrap_with_an_empty_password_is_refused(fake_infisical: FakeInfisical) -> None:
    body = {"email": EMAIL, "password": "", "organization": "homelab"}

    assert send(fake_infisical.url, "POST", "/api/v1/admin/bootstrap", body).status == 422


def test_e_mail_addresses_are_in_lower_case(fake_infisical: FakeInfisical) -> None:
    body = {"email": "Admin@Homelab.Test", "password": PASSWORD, "organization": "homelab"}

    made = send(fake_infisical.url, "POST", "/api/v1/admin/bootstrap", body).body

    assert made["user"]["email"] == "admin@homelab.test"
    for email in ("admin@homelab.test", "ADMIN@homelab.test"):
        login = {"email": email, "password": PASSWORD}
        assert send(fake_infisical.url, "POST", "/api/v3/auth/login", login).status == 200
