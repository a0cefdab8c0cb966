"""Infisical's administrator, with the API calls of its UI."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Final

import httpx2

EMAIL: Final = "admin@example.net"
PASSWORD: Final = "canary-of-the-administrator"
FILLED: Final = {
    ("prod", "/"): {
        "CHANGED": "canary-changed",
        "MULTILINE": "canary-line-1\ncanary-line-2\n",
        "EMPTY": "",
        "ADMIN_PASSWORD": "canary-changed-in-the-ui",
    },
    ("prod", "/apps/web"): {"TOKEN": "canary-in-a-folder", "REFERENCE": "x-${prod.CHANGED}-canary"},
    ("dev", "/"): {"TOKEN": "canary-of-dev"},
}
"""What the administrator sets, by environment and folder."""

FOLDERS: Final = (*FILLED, ("prod", "/apps"), ("prod", "/apps/empty"))


class Administrator:
    """Logged in to the organization."""

    def __init__(self, url: str) -> None:
        self._client = httpx2.Client(base_url=url, verify=False)
        first = self.call("POST", "/api/v3/auth/login", email=EMAIL, password=PASSWORD)["accessToken"]
        self._client.headers["authorization"] = f"Bearer {first}"
        self.organization = self.call("GET", "/api/v1/organization")["organizations"][0]["id"]
        chosen = self.call("POST", "/api/v3/auth/select-organization", organizationId=self.organization)
        self._client.headers["authorization"] = f"Bearer {chosen['token']}"

    def call(self, method: str, path: str, /, **body: Any) -> Any:
        """Make a call, which must succeed."""
        response = self._client.request(method, path, json=body or None)
        assert response.is_success, f"{method} {path}: {response.status_code}"
        return response.json()

    def project_id(self) -> str | None:
        """The id of the store's project."""
        found = self.call("GET", "/api/v1/projects")["projects"]
        return next((each["id"] for each in found if each["slug"] == "homelab"), None)

    def secrets(self, environment: str = "prod", path: str = "/") -> dict[str, tuple[str, str, Any]]:
        """Value, comment and metadata by name."""
        where = {"projectId": str(self.project_id()), "environment": environment, "secretPath": path}
        listed = self._client.get("/api/v4/secrets", params={**where, "expandSecretReferences": "false"})
        return {
            each["secretKey"]: (each["secretValue"], each["secretComment"], each["secretMetadata"])
            for each in listed.json()["secrets"]
        }

    def set(self, name: str, value: str, environment: str = "prod", path: str = "/", **others: Any) -> None:
        method = "PATCH" if name in self.secrets(environment, path) else "POST"
        where = {"projectId": self.project_id(), "environment": environment, "secretPath": path}
        self.call(method, f"/api/v4/secrets/{name}", **where, secretValue=value, **others)

    def deliver(self, seeds: Mapping[str, str]) -> dict[str, str]:
        """Create the project, the operator's identity and the keys that do not exist; return these keys' values."""
        if self.project_id() is None:
            described = {"projectName": "homelab", "slug": "homelab", "shouldCreateDefaultEnvs": False}
            project = self.call("POST", "/api/v1/projects", **described)["project"]["id"]
            self.call("POST", f"/api/v1/projects/{project}/environments", name="Production", slug="prod")
        wanted = {"search": {"name": {"$eq": "homelab-eso"}}}
        if not self.call("POST", "/api/v1/identities/search", **wanted)["identities"]:
            body = {"name": "homelab-eso", "organizationId": self.organization, "role": "no-access"}
            self.call("POST", "/api/v1/identities", **body)
        existing = self.secrets()
        for name, value in seeds.items():
            if name not in existing:
                self.set(name, value)
        return {name: secret[0] for name, secret in self.secrets().items() if name in seeds}

    def fill(self) -> None:
        """Create an environment, folders and secrets, with comments and metadata."""
        project = self.project_id()
        self.call("POST", f"/api/v1/projects/{project}/environments", name="Development", slug="dev")
        for name, path in (("apps", "/"), ("web", "/apps"), ("empty", "/apps")):
            self.call("POST", "/api/v2/folders", projectId=project, environment="prod", name=name, path=path)
        for (environment, path), values in FILLED.items():
            for name, value in values.items():
                metadata = [{"key": "origin", "value": "by hand"}]
                self.set(name, value, environment, path, secretComment=f"about {name}", secretMetadata=metadata)

    def close(self) -> None:
        self._client.close()


@contextmanager
def logged_in(url: str) -> Iterator[Administrator]:
    administrator = Administrator(url)
    try:
        yield administrator
    finally:
        administrator.close()


def set_up(url: str) -> None:
    """Create the administrator and the organization."""
    body = {"email": EMAIL, "password": PASSWORD, "organization": "homelab"}
    httpx2.post(f"{url}/api/v1/admin/bootstrap", json=body, verify=False).raise_for_status()
