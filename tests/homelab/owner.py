"""The homelab's owner in Infisical's UI: the API calls of its pages."""

from __future__ import annotations

import weakref
from typing import Any

import httpx2

from tests.homelab.deployment import Homelab
from tests.waiting import PATIENCE_SECONDS


def is_https(url: str) -> bool:
    """Whether certificates are needed. Loading them takes longer than a call."""
    return url.startswith("https:")


class Visitor:
    """A client with an access token."""

    def __init__(self, url: str, token: str, project_id: str) -> None:
        self.client = httpx2.Client(
            base_url=url, headers={"Authorization": f"Bearer {token}"}, timeout=PATIENCE_SECONDS, verify=is_https(url)
        )
        weakref.finalize(self, self.client.close)
        self.project_id = project_id

    def call(self, method: str, path: str, /, **body: Any) -> Any:
        """Make a call, which must succeed."""
        response = self.client.request(method, path, json=body or None)
        assert response.is_success, f"{method} {path}: {response.status_code}"
        return response.json()

    def status(self, method: str, environment: str, name: str) -> int:
        """Make a call about one secret, and return the status of the answer."""
        place = {"workspaceId": self.project_id, "environment": environment, "secretPath": "/"}
        path = f"/api/v3/secrets/raw/{name}"
        if method == "GET":
            return self.client.get(path, params=place).status_code
        return self.client.request(method, path, json={**place, "secretValue": "tried"}).status_code


class Owner(Visitor):
    """The administrator that the program set Infisical up with."""

    def __init__(self, homelab: Homelab) -> None:
        self._homelab = homelab
        self._url = homelab.config["homelab:infisical"]["url"]
        login = {"email": homelab.config["homelab:infisical"]["adminEmail"], "password": self._password()}
        answer = httpx2.post(f"{self._url}/api/v3/auth/login", json=login, verify=is_https(self._url))
        entered = answer.json()["accessToken"]
        visitor = Visitor(self._url, entered, "")
        (organization,) = visitor.call("GET", "/api/v1/organization")["organizations"]
        selected = visitor.call("POST", "/api/v3/auth/select-organization", organizationId=organization["id"])
        super().__init__(self._url, selected["token"], "")
        self.organization = organization["id"]
        self.project_id = self.call("GET", "/api/v1/projects/slug/homelab")["id"]

    def values(self) -> dict[str, str]:
        """Every value of homelab/prod/ by key."""
        place = {"workspaceId": self.project_id, "environment": "prod", "secretPath": "/"}
        listed = self.client.get("/api/v3/secrets/raw", params=place).json()["secrets"]
        return {secret["secretKey"]: secret["secretValue"] for secret in listed}

    def set(self, name: str, value: str) -> None:
        method = "PATCH" if name in self.values() else "POST"
        place = {"workspaceId": self.project_id, "environment": "prod", "secretPath": "/"}
        self.call(method, f"/api/v3/secrets/raw/{name}", **place, secretValue=value)

    def delete(self, name: str) -> None:
        place = {"workspaceId": self.project_id, "environment": "prod", "secretPath": "/"}
        self.call("DELETE", f"/api/v3/secrets/raw/{name}", **place)

    def client_secrets(self) -> list[str]:
        """The ids of the operator's client secrets that are not revoked."""
        path = f"/api/v1/auth/universal-auth/identities/{self.identity()}/client-secrets"
        return [each["id"] for each in self.call("GET", path)["clientSecretData"] if not each["isClientSecretRevoked"]]

    def operator(self) -> Visitor:
        """The operator, logged in with the credentials in its Secret."""
        credentials = self._homelab.secret("external-secrets", "infisical-machine-identity")
        path = f"{self._url}/api/v1/auth/universal-auth/login"
        answer = httpx2.post(path, json=credentials, verify=is_https(self._url))
        return Visitor(self._url, answer.json()["accessToken"], self.project_id)

    def identity(self) -> str:
        """The id of the operator's identity."""
        found = self.call(
            "POST",
            "/api/v1/identities/search",
            search={"name": {"$eq": "homelab-eso"}},
        )
        (identity,) = found["identities"]
        return str(identity.get("identityId") or identity["id"])

    def _password(self) -> str:
        if given := self._homelab.credentials.get("infisicalAdminPassword"):
            return given
        return self._homelab.generated("infisical-admin-password")
