"""The owner of the server at work: what the UI would do, by plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.infisical.stack import EMAIL, PASSWORD


class Admin:
    """Logged in as the administrator; methods return answers' JSON."""

    def __init__(self, url: str, password: str = PASSWORD) -> None:
        self._client = httpx2.Client(base_url=url, verify=False)
        first = self._client.post("/api/v3/auth/login", json={"email": EMAIL, "password": password}).json()
        self._client.headers["authorization"] = f"Bearer {first['accessToken']}"
        organizations = self._client.get("/api/v1/organization").json()["organizations"]
        self.organization_id: str = organizations[0]["id"]
        chosen = self.post("/api/v3/auth/select-organization", organizationId=self.organization_id)
        self._client.headers["authorization"] = f"Bearer {chosen['token']}"

    def get(self, path: str, /, **query: str) -> Any:
        return self._good(self._client.get(path, params=query))

    def post(self, path: str, /, **body: Any) -> Any:
        return self._good(self._client.post(path, json=body))

    def patch(self, path: str, /, **body: Any) -> Any:
        return self._good(self._client.patch(path, json=body))

    def delete(self, path: str, /, **body: Any) -> Any:
        return self._good(self._client.request("DELETE", path, json=body or None))

    def secrets(self, project_id: str, environment: str = "prod", path: str = "/") -> dict[str, str]:
        """Values by name."""
        query = {"projectId": project_id, "environment": environment, "secretPath": path}
        return {it["secretKey"]: it["secretValue"] for it in self.get("/api/v4/secrets", **query)["secrets"]}

    def set_secret(self, project_id: str, name: str, value: str) -> None:
        self.patch(f"/api/v4/secrets/{name}", **at(project_id), secretValue=value)

    def identities(self, name: str) -> list[str]:
        """Ids."""
        found = self.get("/api/v1/identities", orgId=self.organization_id)["identities"]
        return [it["identityId"] for it in found if it["identity"]["name"] == name]

    def client_secrets(self, identity_id: str) -> list[str]:
        """Ids."""
        listed = self.get(f"/api/v1/auth/universal-auth/identities/{identity_id}/client-secrets")
        return [it["id"] for it in listed["clientSecretData"]]

    def _good(self, response: httpx2.Response) -> Any:
        assert response.is_success, f"{response.request.method} {response.request.url.path}: {response.text}"
        return response.json()


def at(project_id: str, environment: str = "prod", path: str = "/") -> dict[str, str]:
    """Where a secret is, as a request's body says it."""
    return {"projectId": project_id, "environment": environment, "secretPath": path}


class Machine:
    """A machine identity logged in; as the operator is."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._client = httpx2.Client(base_url=url, verify=False)
        body = {"clientId": client_id, "clientSecret": client_secret}
        said = self._client.post("/api/v1/auth/universal-auth/login", json=body)
        self.logged_in = said.is_success
        if self.logged_in:
            self._client.headers["authorization"] = f"Bearer {said.json()['accessToken']}"

    def sees(self, project_id: str, environment: str = "prod", path: str = "/") -> list[str] | None:
        """The names of the secrets; None where it may not even list."""
        query = {"projectId": project_id, "environment": environment, "secretPath": path}
        listed = self._client.get("/api/v4/secrets", params=query)
        return sorted(it["secretKey"] for it in listed.json()["secrets"]) if listed.is_success else None

    def writes(self, project_id: str, name: str) -> int:
        body = {**at(project_id), "secretValue": "written"}
        return self._client.post(f"/api/v4/secrets/{name}", json=body).status_code
