"""An administrator of a new fake, for tests of other things."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.client import Answer, send

EMAIL, PASSWORD = "admin@homelab.test", "a-password-of-the-test"


@dataclass(frozen=True)
class Login:
    """An identity with universal auth and one client secret."""

    identity: str
    client_id: str
    client_secret: str = field(repr=False)
    secret_id: str


class Admin:
    """Bootstraps the fake. Every call must succeed, except those with `call`."""

    def __init__(self, fake: FakeInfisical) -> None:
        self.fake = fake
        body = {"email": EMAIL, "password": PASSWORD, "organization": "homelab"}
        made = send(fake.url, "POST", "/api/v1/admin/bootstrap", body).body
        self.organization: str = made["organization"]["id"]
        self.bootstrap_token: str = made["identity"]["credentials"]["token"]
        self.token = user_token(fake.url, self.organization)

    def call(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Answer:
        """Send a request as the administrator, or with a given token."""
        return send(self.fake.url, method, path, body, token=token or self.token)

    def do(self, method: str, path: str, body: object = None, *, token: str | None = None) -> Any:
        answer = self.call(method, path, body, token=token)
        assert answer.status == 200, f"{method} {path}: {answer.status} {answer.body}"
        return answer.body

    def project(self, slug: str) -> str:
        """Create a project and return its id."""
        project: str = self.do("POST", "/api/v1/projects", {"projectName": slug, "slug": slug})["project"]["id"]
        return project

    def folder(self, project: str, path: str, environment: str = "prod") -> None:
        above, _, name = path.rpartition("/")
        body = {"projectId": project, "environment": environment, "name": name, "path": above or "/"}
        self.do("POST", "/api/v2/folders", body)

    def secret(self, project: str, name: str, value: str, path: str = "/", environment: str = "prod") -> None:
        body = place(project, path, environment) | {"secretValue": value}
        self.do("POST", f"/api/v4/secrets/{name}", body)

    def identity(self, name: str = "machine", **universal_auth: Any) -> Login:
        body = {"name": name, "organizationId": self.organization, "role": "no-access"}
        identity = self.do("POST", "/api/v1/identities", body)["identity"]["id"]
        base = f"/api/v1/auth/universal-auth/identities/{identity}"
        client_id = self.do("POST", base, universal_auth)["identityUniversalAuth"]["clientId"]
        made = self.do("POST", f"{base}/client-secrets", {})
        return Login(identity, client_id, made["clientSecret"], made["clientSecretData"]["id"])

    def member(self, project: str, login: Login, role: str) -> None:
        self.do("POST", f"/api/v1/projects/{project}/memberships/identities/{login.identity}", {"role": role})

    def set_role(self, project: str, login: Login, role: str) -> None:
        path = f"/api/v1/projects/{project}/memberships/identities/{login.identity}"
        self.do("PATCH", path, {"roles": [{"role": role}]})

    def privilege(self, project: str, login: Login, actions: list[str], conditions: dict[str, Any]) -> str:
        permission = {"subject": "secrets", "action": actions, "conditions": conditions}
        body = {"identityId": login.identity, "projectId": project, "type": {"isTemporary": False}}
        made = self.do("POST", "/api/v2/identity-project-additional-privilege", body | {"permissions": [permission]})
        privilege: str = made["privilege"]["id"]
        return privilege

    def try_login(self, login: Login, client_secret: str | None = None) -> Answer:
        body = {"clientId": login.client_id, "clientSecret": client_secret or login.client_secret}
        return send(self.fake.url, "POST", "/api/v1/auth/universal-auth/login", body)

    def login(self, login: Login) -> str:
        """Log in and return an access token."""
        answer = self.try_login(login)
        assert answer.status == 200, f"login: {answer.status} {answer.body}"
        token: str = answer.body["accessToken"]
        return token


def user_token(url: str, organization: str) -> str:
    """Log in as the administrator, in the organization."""
    first = send(url, "POST", "/api/v3/auth/login", {"email": EMAIL, "password": PASSWORD}).body["accessToken"]
    body = {"organizationId": organization}
    token: str = send(url, "POST", "/api/v3/auth/select-organization", body, token=first).body["token"]
    return token


def place(project: str, path: str = "/", environment: str = "prod") -> dict[str, str]:
    """Return the location of a secret, for a v4 body."""
    return {"projectId": project, "environment": environment, "secretPath": path}


def query(project: str, path: str = "/", environment: str = "prod") -> str:
    """Return the same, for a v4 query."""
    return f"projectId={project}&environment={environment}&secretPath={path}"
