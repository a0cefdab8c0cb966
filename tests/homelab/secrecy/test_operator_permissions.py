"""The operator's credentials can read the paths of the store, and nothing else."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.infisical.fake import FakeInfisical
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner, Visitor

STORE_PATH, FOLDER = "/homelab", "/homelab/authentik"
KEYS = {
    "AUTHENTIK_SECRET_KEY",
    "AUTHENTIK_BOOTSTRAP_PASSWORD",
    "AUTHENTIK_BOOTSTRAP_TOKEN",
    "AUTHENTIK_POSTGRES_PASSWORD",
}
REFUSED = {403, 404}
LOGIN_RULES = ("clientSecretTrustedIps", "accessTokenTrustedIps")


@dataclass(frozen=True)
class Surroundings:
    """Folders, an environment and a project that the operator must not read, each with a secret ELSEWHERE."""

    owner: Owner
    other_project: str

    @property
    def project(self) -> str:
        return self.owner.project_id


@pytest.fixture(scope="module")
def homelab(whole_homelab: Homelab) -> Homelab:
    """One app, in its own folder below the path of the store."""
    apps = whole_homelab.config["homelab:apps"]
    whole_homelab.config["homelab:apps"] = {"authentik": apps["authentik"]}
    whole_homelab.config["homelab:store"] |= {"secretsPath": STORE_PATH, "folderPerApp": True}
    whole_homelab.config["homelab:infisical"]["operator"] = {"accessTokenSeconds": 600, "accessTokenMaxSeconds": 1200}
    whole_homelab.declare()
    whole_homelab.up()
    return whole_homelab


@pytest.fixture(scope="module")
def surroundings(homelab: Homelab) -> Surroundings:
    owner = Owner(homelab)
    owner.call("POST", f"/api/v1/projects/{owner.project_id}/environments", name="dev", slug="dev")
    environments = {"shouldCreateDefaultEnvs": True}
    other = owner.call("POST", "/api/v1/projects", projectName="other", slug="other-project", **environments)
    owner.call("POST", "/api/v2/folders", projectId=owner.project_id, environment="prod", path="/", name="elsewhere")
    surroundings = Surroundings(owner, other["project"]["id"])
    for place in (
        at(owner.project_id, "dev", "/"),
        at(owner.project_id, "prod", "/"),
        at(owner.project_id, "prod", "/elsewhere"),
        at(surroundings.other_project, "prod", "/"),
    ):
        owner.call("POST", "/api/v4/secrets/ELSEWHERE", **place, secretValue="of-others")
    return surroundings


@pytest.fixture(scope="module")
def operator(surroundings: Surroundings) -> Visitor:
    return surroundings.owner.operator()


def at(project: str, environment: str = "prod", path: str = FOLDER) -> dict[str, str]:
    """A location, as the v4 routes name it."""
    return {"projectId": project, "environment": environment, "secretPath": path}


def at_older(project: str, environment: str = "prod", path: str = FOLDER) -> dict[str, str]:
    """A location, as the v3 routes name it, which the operator calls."""
    return {"workspaceId": project, "environment": environment, "secretPath": path}


GENERATIONS = pytest.mark.parametrize(
    ("route", "place"), [("/api/v3/secrets/raw", at_older), ("/api/v4/secrets", at)], ids=["v3", "v4"]
)
Place = Callable[..., dict[str, str]]


def names(visitor: Visitor, route: str, place: dict[str, str]) -> set[str]:
    """The secrets that a client can list at a location; none if it is refused."""
    listed = visitor.client.get(route, params=place)
    assert listed.status_code in REFUSED | {200}
    return {secret["secretKey"] for secret in listed.json()["secrets"]} if listed.is_success else set()


@GENERATIONS
def test_the_operator_reads_below_the_path_of_the_store(
    surroundings: Surroundings, operator: Visitor, route: str, place: Place
) -> None:
    here = place(surroundings.project)

    assert names(operator, route, here) == KEYS
    for key in KEYS:
        assert operator.client.get(f"{route}/{key}", params=here).status_code == 200


@GENERATIONS
@pytest.mark.parametrize(
    ("environment", "path"),
    [("prod", "/"), ("prod", "/elsewhere"), ("dev", "/"), ("dev", FOLDER)],
    ids=["parent", "sibling", "other environment", "other environment, same path"],
)
def test_the_operator_reads_nothing_elsewhere_in_the_project(
    surroundings: Surroundings, operator: Visitor, route: str, place: Place, environment: str, path: str
) -> None:
    there = place(surroundings.project, environment, path)

    assert names(operator, route, there) == set()
    assert operator.client.get(f"{route}/ELSEWHERE", params=there).status_code in REFUSED


@GENERATIONS
def test_the_operator_reads_nothing_of_another_project(
    surroundings: Surroundings, operator: Visitor, route: str, place: Place
) -> None:
    there = place(surroundings.other_project, "prod", "/")

    assert operator.client.get(route, params=there).status_code in REFUSED
    assert operator.client.get(f"{route}/ELSEWHERE", params=there).status_code in REFUSED
    projects = operator.client.get("/api/v1/projects")
    assert projects.status_code in REFUSED or {each["slug"] for each in projects.json()["projects"]} == {"homelab"}


@GENERATIONS
@pytest.mark.parametrize(("method", "name"), [("POST", "INTRUDER"), ("PATCH", min(KEYS)), ("DELETE", min(KEYS))])
def test_the_operator_cannot_write(
    surroundings: Surroundings, operator: Visitor, route: str, place: Place, method: str, name: str
) -> None:
    here = place(surroundings.project)
    before = values(surroundings.owner)

    said = operator.client.request(method, f"{route}/{name}", json={**here, "secretValue": "tried"})

    assert said.status_code in REFUSED
    assert values(surroundings.owner) == before


def test_the_operator_cannot_change_the_project(surroundings: Surroundings, operator: Visitor) -> None:
    project = surroundings.project
    folder = {"projectId": project, "environment": "prod", "path": FOLDER, "name": "mine"}

    assert operator.client.post("/api/v2/folders", json=folder).status_code in REFUSED
    environment = operator.client.post(f"/api/v1/projects/{project}/environments", json={"name": "x", "slug": "x"})
    assert environment.status_code in REFUSED
    assert operator.client.delete(f"/api/v1/projects/{project}").status_code in REFUSED


def test_the_operator_cannot_read_or_change_identities(surroundings: Surroundings, operator: Visitor) -> None:
    itself = identity(surroundings.owner)
    universal_auth = f"/api/v1/auth/universal-auth/identities/{itself['identityId']}"
    members = f"/api/v1/projects/{surroundings.project}/memberships/identities"
    tried: dict[str, tuple[str, str, dict[str, Any]]] = {
        "list": ("GET", f"/api/v1/identities?orgId={itself['orgId']}", {}),
        "search": ("POST", "/api/v1/identities/search", {"search": {"name": {"$eq": "homelab-eso"}}}),
        "make": ("POST", "/api/v1/identities", {"name": "mine", "organizationId": itself["orgId"], "role": "admin"}),
        "read its own login": ("GET", universal_auth, {}),
        "widen its own login": ("PATCH", universal_auth, {"accessTokenTTL": 9999, "accessTokenMaxTTL": 9999}),
        "make a client secret": ("POST", f"{universal_auth}/client-secrets", {"description": "mine"}),
        "list members": ("GET", members, {}),
        "widen its role": ("PATCH", f"{members}/{itself['identityId']}", {"roles": [{"role": "admin"}]}),
        "enter the other project": (
            "POST",
            f"/api/v1/projects/{surroundings.other_project}/memberships/identities/{itself['identityId']}",
            {"role": "viewer"},
        ),
    }
    for what, (method, path, body) in tried.items():
        assert operator.client.request(method, path, json=body or None).status_code in REFUSED, what


def test_trusted_networks_change_only_the_login_rules(homelab: Homelab, surroundings: Surroundings) -> None:
    owner = surroundings.owner
    FakeInfisical(homelab.plane.argocd.directory).allow_trusted_ips()
    objects, credentials, delivered = homelab.versions(), owner.client_secrets(), values(owner)
    before = login_rules(owner)
    assert (before["accessTokenTTL"], before["accessTokenMaxTTL"]) == (600, 1200)
    homelab.config["homelab:infisical"]["operator"]["trustedIps"] = ["127.0.0.0/8", "10.42.0.7"]
    homelab.declare()

    up = homelab.up()

    assert up.changes == {"updated": 1}
    after = login_rules(owner)
    for networks in LOGIN_RULES:
        assert [(each["ipAddress"], each.get("prefix")) for each in after[networks]] == [
            ("127.0.0.0", 8),
            ("10.42.0.7", None),
        ]
    changing = {*LOGIN_RULES, "updatedAt"}
    assert {key: rule for key, rule in after.items() if key not in changing} == {
        key: rule for key, rule in before.items() if key not in changing
    }
    assert (homelab.versions(), owner.client_secrets(), values(owner)) == (objects, credentials, delivered)
    homelab.up("--expect-no-changes")


def values(owner: Owner) -> dict[str, str]:
    """The app's values by key."""
    listed = owner.client.get("/api/v4/secrets", params=at(owner.project_id)).json()["secrets"]
    return {secret["secretKey"]: secret["secretValue"] for secret in listed}


def identity(owner: Owner) -> dict[str, Any]:
    """The operator's identity."""
    (found,) = owner.call("POST", "/api/v1/identities/search", search={"name": {"$eq": "homelab-eso"}})["identities"]
    return dict(found)


def login_rules(owner: Owner) -> dict[str, Any]:
    path = f"/api/v1/auth/universal-auth/identities/{identity(owner)['identityId']}"
    return dict(owner.call("GET", path)["identityUniversalAuth"])
