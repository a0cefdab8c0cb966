"""What the owner of the server does in its UI, by plain HTTP."""

from __future__ import annotations

from typing import Any

import httpx2

from tests.infisical.stack import EMAIL, PASSWORD


class Admin:
    """Logged in as the administrator; its methods return the answers' JSON."""

    def __init__(self, url: str, password: str = PASSWORD) -> None:
        self._url = url
        self._headers: dict[str, str] = {}
        first = self.post("/api/v3/auth/login", email=EMAIL, password=password)
        self._headers = {"authorization": f"Bearer {first['accessToken']}"}
        self.organization_id: str = self.get("/api/v1/organization")["organizations"][0]["id"]
        selected = self.post("/api/v3/auth/select-organization", organizationId=self.organization_id)
        self._headers = {"authorization": f"Bearer {selected['token']}"}

    def get(self, path: str, /, **query: str) -> Any:
        return self._send("GET", path, params=query)

    def post(self, path: str, /, **body: Any) -> Any:
        return self._send("POST", path, json=body)

    def patch(self, path: str, /, **body: Any) -> Any:
        return self._send("PATCH", path, json=body)

    def delete(self, path: str, /, **body: Any) -> Any:
        return self._send("DELETE", path, json=body or None)

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

    def _send(self, method: str, path: str, **content: Any) -> Any:
        response = httpx2.request(method, self._url + path, headers=self._headers, verify=False, **content)
        assert response.is_success, f"{method} {path}: {response.text}"
        return response.json()


def at(project_id: str, environment: str = "prod", path: str = "/") -> dict[str, str]:
    """A secret's location, as a request's body has it."""
    return {"projectId": project_id, "environment": environment, "secretPath": path}


class Machine:
    """A machine identity that logs in as the operator does."""

    def __init__(self, url: str, client_id: str, client_secret: str) -> None:
        self._url = url
        body = {"clientId": client_id, "clientSecret": client_secret}
        answer = httpx2.post(f"{url}/api/v1/auth/universal-auth/login", json=body, verify=False)
        self.logged_in = answer.is_success
        self._headers = {"authorization": f"Bearer {answer.json()['accessToken']}"} if self.logged_in else {}

    def sees(self, project_id: str, environment: str = "prod", path: str = "/") -> list[str] | None:
        """The names of the secrets, or None if it may not list them."""
        query = {"projectId": project_id, "environment": environment, "secretPath": path}
        listed = httpx2.get(f"{self._url}/api/v4/secrets", params=query, headers=self._headers, verify=False)
        return sorted(it["secretKey"] for it in listed.json()["secrets"]) if listed.is_success else None

    def writes(self, project_id: str, name: str) -> int:
        body = {**at(project_id), "secretValue": "written"}
        url = f"{self._url}/api/v4/secrets/{name}"
        return httpx2.post(url, json=body, headers=self._headers, verify=False).status_code
