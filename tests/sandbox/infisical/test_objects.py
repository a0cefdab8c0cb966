"""Calls of a provider that were not recorded: read, change and delete its objects."""

from __future__ import annotations

import pytest

from tests.sandbox.infisical.admin import Admin, place, query


@pytest.fixture(scope="module")
def project(admin: Admin) -> str:
    return admin.project("objects")


@pytest.mark.parametrize("by", ["id", "name"])
def test_a_folder_is_deleted_with_its_content(admin: Admin, project: str, by: str) -> None:
    admin.folder(project, f"/doomed-{by}/deep")
    admin.secret(project, "KEY", "x", f"/doomed-{by}/deep")
    folders = admin.do("GET", f"/api/v2/folders?projectId={project}&environment=prod&path=/")["folders"]
    folder = next(each for each in folders if each["name"] == f"doomed-{by}")

    body = {"projectId": project, "environment": "prod", "path": "/", "forceDelete": True}
    deleted = admin.do("DELETE", f"/api/v2/folders/{folder[by]}", body)["folder"]

    assert deleted["path"] == f"/doomed-{by}"
    assert admin.call("GET", f"/api/v4/secrets?{query(project, f'/doomed-{by}/deep')}").status == 404
    assert admin.call("DELETE", f"/api/v2/folders/{folder[by]}", body).status == 404


def test_a_folder_is_found_by_its_id(admin: Admin, project: str) -> None:
    admin.folder(project, "/found/here")
    listed = admin.do("GET", f"/api/v2/folders?projectId={project}&environment=prod&path=/found")["folders"]

    found = admin.do("GET", f"/api/v2/folders/{listed[0]['id']}")["folder"]

    assert (found["path"], found["environment"]["envSlug"], found["projectId"]) == ("/found/here", "prod", project)


def test_an_environment_is_changed_and_deleted(admin: Admin, project: str) -> None:
    base = f"/api/v1/projects/{project}/environments"
    made = admin.do("POST", base, {"name": "Test", "slug": "test"})["environment"]
    admin.secret(project, "KEY", "x", environment="test")

    changed = admin.do("PATCH", f"{base}/{made['id']}", {"name": "Testing"})["environment"]
    read = admin.do("GET", f"{base}/{made['id']}")["environment"]
    admin.do("DELETE", f"{base}/{made['id']}")

    assert (changed["name"], read["name"]) == ("Testing", "Testing")
    assert admin.call("GET", f"{base}/slug/test").status == 404
    assert admin.call("GET", f"/api/v4/secrets?{query(project, environment='test')}").status == 404


def test_a_project_is_changed_and_deleted_with_its_content(admin: Admin) -> None:
    doomed, login = admin.project("doomed"), admin.identity()
    admin.member(doomed, login, "viewer")
    admin.secret(doomed, "KEY", "x")

    admin.do("PATCH", f"/api/v1/projects/{doomed}", {"name": "Doomed indeed"})
    assert admin.do("GET", f"/api/v1/projects/{doomed}")["project"]["name"] == "Doomed indeed"
    admin.do("DELETE", f"/api/v1/projects/{doomed}")

    assert admin.call("GET", f"/api/v4/secrets?{query(doomed)}").status == 404
    assert admin.do("GET", "/api/v1/projects", token=admin.login(login))["projects"] == []
    assert admin.project("doomed") != doomed


def test_an_identity_is_read_changed_and_deleted(admin: Admin, project: str) -> None:
    login = admin.identity("before")
    admin.member(project, login, "viewer")
    path = f"/api/v1/identities/{login.identity}"

    admin.do("PATCH", path, {"name": "after"})
    read = admin.do("GET", path)["identity"]
    admin.do("DELETE", path)

    assert (read["identity"]["name"], read["identity"]["authMethods"]) == ("after", ["universal-auth"])
    assert admin.call("GET", path).status == 404
    members = admin.do("GET", f"/api/v1/projects/{project}/memberships/identities")["identityMemberships"]
    assert login.identity not in [each["identityId"] for each in members]


def test_a_membership_is_read_with_its_roles(admin: Admin, project: str) -> None:
    login = admin.identity()
    admin.member(project, login, "no-access")
    path = f"/api/v1/projects/{project}/memberships/identities/{login.identity}"

    read = admin.do("GET", path)["identityMembership"]
    admin.do("DELETE", path)

    assert [each["role"] for each in read["roles"]] == ["no-access"]
    assert admin.call("GET", path).status == 404


def test_a_privilege_is_read_listed_and_changed(admin: Admin, project: str) -> None:
    login = admin.identity()
    admin.member(project, login, "no-access")
    privilege = admin.privilege(project, login, ["describeSecret"], {"environment": {"$eq": "prod"}})
    base = "/api/v2/identity-project-additional-privilege"
    wider = {"subject": "secrets", "action": ["describeSecret", "readValue"]}

    changed = admin.do("PATCH", f"{base}/{privilege}", {"permissions": [wider]})["privilege"]
    read = admin.do("GET", f"{base}/{privilege}")["privilege"]
    listed = admin.do("GET", f"{base}?projectId={project}&identityId={login.identity}")["privileges"]

    assert changed["permissions"] == read["permissions"] == [wider | {"inverted": False}]
    assert [each["id"] for each in listed] == [privilege]
    assert "permissions" not in listed[0]


def test_universal_auth_is_removed_with_its_client_secrets(admin: Admin) -> None:
    login = admin.identity()
    path = f"/api/v1/auth/universal-auth/identities/{login.identity}"

    admin.do("DELETE", path)

    assert admin.call("GET", path).status == 404
    assert admin.try_login(login).status == 401


def test_a_client_secret_is_read_by_its_id(admin: Admin) -> None:
    login = admin.identity()
    path = f"/api/v1/auth/universal-auth/identities/{login.identity}/client-secrets/{login.secret_id}"

    read = admin.do("GET", path)["clientSecretData"]

    assert (read["id"], read["clientSecretPrefix"]) == (login.secret_id, login.client_secret[:4])


def test_the_last_import_takes_precedence(admin: Admin, project: str) -> None:
    for path in ("/one", "/two"):
        admin.folder(project, path, "dev")
        admin.secret(project, "SAME", path, path, "dev")
        where = {"projectId": project, "environment": "staging", "path": "/"}
        admin.do("POST", "/api/v2/secret-imports", where | {"import": {"environment": "dev", "path": path}})

    read = admin.do("GET", f"/api/v4/secrets/SAME?{query(project, environment='staging')}")["secret"]

    assert (read["secretValue"], read["secretPath"], read["environment"]) == ("/two", "/two", "dev")
    own = place(project, environment="staging") | {"secretValue": "own"}
    admin.do("POST", "/api/v4/secrets/SAME", own)
    read = admin.do("GET", f"/api/v4/secrets/SAME?{query(project, environment='staging')}")["secret"]
    assert read["secretValue"] == "own"
