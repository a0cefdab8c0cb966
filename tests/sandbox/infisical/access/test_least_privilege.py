from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.sandbox.infisical.admin import Admin, Login, place, query

READ = ["describeSecret", "readValue"]


@dataclass(frozen=True)
class Store:
    """A project with an identity that can read only `/apps` in prod."""

    project: str
    other: str
    login: Login
    token: str


@pytest.fixture(scope="module")
def store(admin: Admin) -> Store:
    project, other, login = admin.project("store"), admin.project("other"), admin.identity()
    for path in ("/apps", "/apps/web", "/private"):
        admin.folder(project, path)
    admin.folder(project, "/apps", "dev")
    admin.secret(project, "WANTED", "wanted", "/apps")
    admin.secret(project, "DEEP", "deep", "/apps/web")
    admin.secret(project, "PRIVATE", "private", "/private")
    admin.secret(project, "ROOT", "root")
    admin.secret(project, "ELSEWHERE", "dev", "/apps", "dev")
    admin.secret(project, "REFERS", "x${prod.private.PRIVATE}x", "/apps/web")
    admin.secret(other, "OTHER", "other")
    admin.member(project, login, "no-access")
    admin.privilege(project, login, READ, {"environment": {"$eq": "prod"}, "secretPath": {"$glob": "/apps/**"}})
    return Store(project, other, login, admin.login(login))


def names(answer: Any) -> list[str]:
    return [each["secretKey"] for each in answer["secrets"]]


def test_it_reads_the_path_of_its_privilege(admin: Admin, store: Store) -> None:
    listed = admin.do("GET", f"/api/v4/secrets?{query(store.project, '/apps')}", token=store.token)
    one = admin.do("GET", f"/api/v4/secrets/DEEP?{query(store.project, '/apps/web')}", token=store.token)
    by_slug = "workspaceSlug=store&environment=prod&secretPath=/apps"
    as_operator = admin.do("GET", f"/api/v3/secrets/raw/WANTED?{by_slug}", token=store.token)

    assert names(listed) == ["WANTED"]
    assert one["secret"]["secretValue"] == "deep"
    assert as_operator["secret"]["secretValue"] == "wanted"


@pytest.mark.parametrize(
    ("path", "environment"), [("/", "prod"), ("/private", "prod"), ("/apps", "dev")], ids=["above", "beside", "dev"]
)
def test_it_reads_no_other_path(admin: Admin, store: Store, path: str, environment: str) -> None:
    everything = admin.do("GET", f"/api/v4/secrets?{query(store.project, path, environment)}")
    name = names(everything)[0]

    listed = admin.do("GET", f"/api/v4/secrets?{query(store.project, path, environment)}", token=store.token)
    one = admin.call("GET", f"/api/v4/secrets/{name}?{query(store.project, path, environment)}", token=store.token)

    assert names(listed) == []
    assert (one.status, one.body["error"]) == (403, "PermissionDenied")
    assert one.body["message"] == "You are not allowed to describeSecret on secrets"


def test_a_recursive_list_contains_only_readable_secrets(admin: Admin, store: Store) -> None:
    path = f"/api/v4/secrets?{query(store.project)}&recursive=true&expandSecretReferences=false"

    assert names(admin.do("GET", path, token=store.token)) == ["DEEP", "REFERS", "WANTED"]


def test_a_reference_gives_no_access_to_other_paths(admin: Admin, store: Store) -> None:
    path = f"/api/v4/secrets/REFERS?{query(store.project, '/apps/web')}"

    answer = admin.call("GET", path, token=store.token)

    assert answer.status == 403
    assert "'PRIVATE'" in answer.body["message"]
    assert admin.do("GET", path)["secret"]["secretValue"] == "xprivatex"


def test_a_list_with_a_reference_to_another_path_is_refused_without_a_name(admin: Admin, store: Store) -> None:
    path = f"/api/v4/secrets?{query(store.project, '/apps/web')}"

    answer = admin.call("GET", path, token=store.token)

    assert answer.status == 403
    assert not [name for name in ("PRIVATE", "REFERS", "/private") if name in answer.body["message"]]
    unexpanded = admin.do("GET", f"{path}&expandSecretReferences=false", token=store.token)
    assert names(unexpanded) == ["DEEP", "REFERS"]


@pytest.mark.parametrize(("method", "action"), [("POST", "create"), ("PATCH", "edit"), ("DELETE", "delete")])
def test_it_writes_nothing(admin: Admin, store: Store, method: str, action: str) -> None:
    name = "NEW" if method == "POST" else "WANTED"
    body = place(store.project, "/apps") | {"secretValue": "changed"}

    answer = admin.call(method, f"/api/v4/secrets/{name}", body, token=store.token)

    assert (answer.status, answer.body["message"]) == (403, f"You are not allowed to {action} on secrets")
    listed = admin.do("GET", f"/api/v4/secrets?{query(store.project, '/apps')}")
    assert [(each["secretKey"], each["secretValue"]) for each in listed["secrets"]] == [("WANTED", "wanted")]


def test_it_has_no_access_to_a_different_project(admin: Admin, store: Store) -> None:
    for path in (
        f"/api/v4/secrets?{query(store.other)}",
        "/api/v3/secrets/raw?workspaceSlug=other&environment=prod",
        "/api/v1/projects/slug/other",
    ):
        answer = admin.call("GET", path, token=store.token)
        assert (answer.status, answer.body["error"]) == (403, "ProjectMembershipNotFound")


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/api/v1/projects"),
        ("POST", "/api/v1/identities"),
        ("POST", "/api/v1/identities/search"),
        ("POST", "/api/v2/identity-project-additional-privilege"),
        ("POST", "/api/v1/auth/universal-auth/identities/{identity}/client-secrets"),
        ("PATCH", "/api/v1/projects/{project}/memberships/identities/{identity}"),
        ("POST", "/api/v2/folders"),
        ("POST", "/api/v2/secret-imports"),
        ("POST", "/api/v1/projects/{project}/environments"),
        ("DELETE", "/api/v1/projects/{project}"),
    ],
)
def test_it_administers_nothing(admin: Admin, store: Store, method: str, path: str) -> None:
    body = {
        "projectName": "mine",
        "name": "mine",
        "slug": "mine-too",
        "organizationId": admin.organization,
        "projectId": store.project,
        "identityId": store.login.identity,
        "environment": "prod",
        "path": "/apps",
        "type": "secret-manager" if path == "/api/v1/projects" else {"isTemporary": False},
        "permissions": [{"subject": "secrets", "action": ["edit"]}],
        "role": "admin",
        "import": {"environment": "dev", "path": "/"},
    }

    answer = admin.call(
        method, path.format(project=store.project, identity=store.login.identity), body, token=store.token
    )

    assert (answer.status, answer.body["error"]) == (403, "PermissionDenied")


def test_without_read_value_only_names_are_returned(admin: Admin, store: Store) -> None:
    blind = admin.identity("blind")
    admin.member(store.project, blind, "no-access")
    admin.privilege(store.project, blind, ["describeSecret"], {"environment": {"$eq": "prod"}})
    token = admin.login(blind)
    path = f"/api/v4/secrets?{query(store.project, '/apps')}"

    refused = admin.call("GET", path, token=token)
    shown = admin.do("GET", f"{path}&viewSecretValue=false", token=token)

    assert (refused.status, refused.body["message"]) == (403, "You are not allowed to readValue on secrets")
    assert [each["secretValue"] for each in shown["secrets"]] == ["<hidden-by-infisical>"]


def test_an_inverted_permission_denies_access(admin: Admin, store: Store) -> None:
    viewer = admin.identity("viewer")
    admin.member(store.project, viewer, "viewer")
    forbid = {"subject": "secrets", "action": READ, "conditions": {"secretPath": "/private"}, "inverted": True}
    forbid_read = forbid | {"action": "read"}
    body = {"identityId": viewer.identity, "projectId": store.project, "type": {"isTemporary": False}}
    admin.do("POST", "/api/v2/identity-project-additional-privilege", body | {"permissions": [forbid, forbid_read]})
    token = admin.login(viewer)

    assert names(admin.do("GET", f"/api/v4/secrets?{query(store.project)}", token=token)) == ["ROOT"]
    assert names(admin.do("GET", f"/api/v4/secrets?{query(store.project, '/private')}", token=token)) == []
