"""Changes that the server refuses because of what exists, or of its plan."""

from __future__ import annotations

import pytest

from tests.sandbox.infisical.admin import Admin, query
from tests.sandbox.infisical.client import Answer

PRIVILEGES = "/api/v2/identity-project-additional-privilege"


@pytest.fixture(scope="module")
def project(admin: Admin) -> str:
    return admin.project("refusals")


def delete_folder(admin: Admin, project: str, name: str, version: str = "v2", **further: bool) -> Answer:
    body = {"projectId": project, "environment": "prod", "path": "/", **further}
    return admin.call("DELETE", f"/api/{version}/folders/{name}", body)


@pytest.mark.parametrize("content", ["folder", "secret"])
def test_a_folder_with_content_is_deleted_only_with_force(admin: Admin, project: str, content: str) -> None:
    name = f"full-of-a-{content}"
    admin.folder(project, f"/{name}/deep" if content == "folder" else f"/{name}")
    if content == "secret":
        admin.secret(project, "KEY", "x", f"/{name}")

    assert delete_folder(admin, project, name).status == 400
    assert delete_folder(admin, project, name, forceDelete=True).status == 200


def test_an_empty_folder_is_deleted_without_force(admin: Admin, project: str) -> None:
    admin.folder(project, "/empty")

    assert delete_folder(admin, project, "empty").status == 200


def test_the_earlier_route_deletes_a_folder_with_its_content(admin: Admin, project: str) -> None:
    admin.folder(project, "/earlier/deep")

    assert delete_folder(admin, project, "earlier", "v1").status == 200


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_folders_of_an_unknown_environment_are_not_found(admin: Admin, project: str, version: str) -> None:
    name = "workspaceId" if version == "v1" else "projectId"

    answer = admin.call("GET", f"/api/{version}/folders?{name}={project}&environment=nowhere&path=/")

    assert answer.status == 404


def test_a_protected_project_is_not_deleted(admin: Admin) -> None:
    path = f"/api/v1/projects/{admin.project('protected')}"
    admin.do("PATCH", path, {"hasDeleteProtection": True})

    assert admin.call("DELETE", path).status == 403
    assert admin.do("GET", path)["project"]["hasDeleteProtection"] is True
    admin.do("PATCH", path, {"hasDeleteProtection": False})
    assert admin.call("DELETE", path).status == 200


def test_a_membership_that_is_gone_cannot_be_removed_again(admin: Admin, project: str) -> None:
    login = admin.identity()
    admin.member(project, login, "viewer")
    path = f"/api/v1/projects/{project}/memberships/identities/{login.identity}"
    admin.do("DELETE", path)

    again = admin.call("DELETE", path)

    assert (again.status, again.body["message"]) == (400, "Identity doesn't have membership")


def test_the_privileges_of_an_identity_outside_the_project_are_refused(admin: Admin, project: str) -> None:
    login = admin.identity()
    permissions = [{"subject": "secrets", "action": ["readValue"]}]
    body = {"identityId": login.identity, "projectId": project, "type": {"isTemporary": False}}

    created = admin.call("POST", PRIVILEGES, body | {"permissions": permissions})
    listed = admin.call("GET", f"{PRIVILEGES}?projectId={project}&identityId={login.identity}")

    assert (created.status, listed.status) == (400, 400)


def test_trusted_networks_need_a_plan(own_admin: Admin) -> None:
    path = f"/api/v1/auth/universal-auth/identities/{own_admin.identity().identity}"
    anywhere = {"accessTokenTrustedIps": [{"ipAddress": "0.0.0.0/0"}, {"ipAddress": "::/0"}]}
    network = {"accessTokenTrustedIps": [{"ipAddress": "10.0.0.0/8"}]}

    assert own_admin.call("PATCH", path, anywhere).status == 200
    refused = own_admin.call("PATCH", path, network)
    assert (refused.status, "due to plan restriction" in refused.body["message"]) == (400, True)
    own_admin.fake.allow_trusted_ips()
    assert own_admin.call("PATCH", path, network).status == 200


def test_a_login_from_an_address_that_is_not_trusted_is_refused(own_admin: Admin) -> None:
    login = own_admin.identity()
    path = f"/api/v1/auth/universal-auth/identities/{login.identity}"
    own_admin.fake.allow_trusted_ips()

    def tried(*networks: str) -> int:
        own_admin.do("PATCH", path, {"clientSecretTrustedIps": [{"ipAddress": each} for each in networks]})
        return own_admin.try_login(login).status

    assert [tried("10.42.0.0/16"), tried("127.0.0.2"), tried("10.42.0.0/16", "127.0.0.0/8")] == [403, 403, 200]
    own_admin.do("PATCH", path, {"clientSecretTrustedIps": [{"ipAddress": "10.42.0.0/16"}]})
    assert own_admin.try_login(login).body["message"] == (
        "You are not allowed to access this resource from the current IP address"
    )


def test_a_client_secret_that_is_used_up_is_not_listed(admin: Admin) -> None:
    login = admin.identity()
    base = f"/api/v1/auth/universal-auth/identities/{login.identity}/client-secrets"
    once = admin.do("POST", base, {"numUsesLimit": 1})

    def listed() -> list[str]:
        return [each["id"] for each in admin.do("GET", base)["clientSecretData"]]

    assert listed() == [login.secret_id, once["clientSecretData"]["id"]]
    assert admin.try_login(login, once["clientSecret"]).status == 200
    assert listed() == [login.secret_id]


def test_a_folder_cannot_import_itself(admin: Admin, project: str) -> None:
    where = {"projectId": project, "environment": "prod", "path": "/"}

    answer = admin.call("POST", "/api/v2/secret-imports", where | {"import": {"environment": "prod", "path": "/"}})

    assert (answer.status, answer.body["message"]) == (400, "Cyclic import not allowed")
    assert admin.do("GET", f"/api/v4/secrets?{query(project)}")["imports"] == []
