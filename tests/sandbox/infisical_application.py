"""The Application and its Secrets, which the program declares to install Infisical, written by hand."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import Any

from declaration.cluster.chart_values import separate_values
from declaration.objects import DATABASE_REPOSITORY, DATABASE_SECRET, SEPARATE_POSTGRESQL, SEPARATE_REDIS
from sandbox.argocd import ArgoCd
from tests.sandbox.infisical.admin import EMAIL, PASSWORD, user_token
from tests.sandbox.infisical.client import send
from tests.waiting import PATIENCE_SECONDS, eventually
from tooling.kubernetes.kubectl import Kubectl, KubectlError

SERVER = "infisical-infisical-standalone-infisical"

SPEC = {
    "project": "default",
    "destination": {"server": "https://kubernetes.default.svc", "namespace": "infisical"},
    "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
}


@dataclass
class InfisicalOnCluster:
    """Writes the objects, each with its own method."""

    kubectl: Kubectl
    encryption_key: str = field(default_factory=lambda: secrets.token_hex(16), repr=False)
    auth_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    def namespace(self) -> None:
        self.kubectl.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "infisical"}})

    def application(self, revision: str = "1.7.2", values: dict[str, Any] | None = None, **spec: Any) -> None:
        """Write the Application; the arguments replace parts of its spec."""
        source = {
            "repoURL": "https://dl.cloudsmith.io/public/infisical/helm-charts/helm/charts/",
            "chart": "infisical-standalone",
            "targetRevision": revision,
            "helm": {"valuesObject": {"infisical": {"kubeSecretRef": "infisical-secrets"}, **(values or {})}},
        }
        metadata = {"name": "infisical", "namespace": "argocd"}
        self.kubectl.apply(
            {
                "apiVersion": "argoproj.io/v1alpha1",
                "kind": "Application",
                "metadata": metadata,
                "spec": {**SPEC, "source": source, **spec},
            }
        )

    def keys(self, **values: str) -> None:
        """Write the Secret `infisical-secrets`; the arguments replace values."""
        data = {"ENCRYPTION_KEY": self.encryption_key, "AUTH_SECRET": self.auth_secret} | values
        self._secret("infisical", "infisical-secrets", data)

    def helm_values(self) -> None:
        self._secret("argocd", "infisical-helm-secrets", {"values.yaml": "postgresql: {}\n"})

    def all(self) -> None:
        self.namespace()
        self.keys()
        self.helm_values()
        self.application()

    def remove(self) -> None:
        """Delete all of it, and what was installed for it; the namespace stays."""
        for kind, name in (
            ("application.argoproj.io", "infisical"),
            ("application.argoproj.io", SEPARATE_POSTGRESQL),
            ("application.argoproj.io", SEPARATE_REDIS),
            ("appproject.argoproj.io", "secrets"),
            ("secret", "infisical-helm-secrets"),
        ):
            self.kubectl.run("delete", kind, name, "-n", "argocd", "--ignore-not-found", "--wait=false")
        kinds = "secrets,deployments,statefulsets"
        self.kubectl.run("delete", kinds, "--all", "-n", "infisical")

    def databases(self) -> None:
        """Write the Applications of PostgreSQL and Redis."""
        for name, values in separate_values().items():
            source = {
                "repoURL": DATABASE_REPOSITORY,
                "chart": name.removeprefix("infisical-"),
                "targetRevision": "1.0.0",
                "helm": {"valuesObject": values},
            }
            metadata = {"name": name, "namespace": "argocd"}
            self.kubectl.apply(
                {
                    "apiVersion": "argoproj.io/v1alpha1",
                    "kind": "Application",
                    "metadata": metadata,
                    "spec": {**SPEC, "source": source},
                }
            )

    def database_passwords(self) -> None:
        self._secret("infisical", DATABASE_SECRET, {"postgresql-password": "x", "redis-password": "x"})

    def status(self, name: str = "infisical") -> dict[str, Any]:
        found = self.kubectl.get("applications.argoproj.io", name, "argocd") or {}
        status: dict[str, Any] = found.get("status") or {}
        return status

    def health(self, name: str = "infisical") -> str | None:
        health: str | None = self.status(name).get("health", {}).get("status")
        return health

    def restart(self) -> None:
        """Restart the server as its owner does."""
        which = ["-n", "infisical", "-l", "app.kubernetes.io/component=infisical"]

        def is_accepted() -> bool:
            try:
                self.kubectl.run("rollout", "restart", "deployment", *which)
            except KubectlError as error:
                # kubectl refuses a second restart within a second.
                if "within the past second" not in str(error):
                    raise
                return False
            return True

        eventually(is_accepted, "kubectl restarts the Deployment")

    def rolled_out(self, what: str = f"deployment/{SERVER}") -> None:
        """Wait for it, as the owner does."""
        self.kubectl.run("rollout", "status", what, "-n", "infisical", f"--timeout={PATIENCE_SECONDS}s")

    def _secret(self, namespace: str, name: str, values: dict[str, str]) -> None:
        metadata = {"name": name, "namespace": namespace}
        self.kubectl.apply({"apiVersion": "v1", "kind": "Secret", "metadata": metadata, "stringData": values})


def bootstrap(argocd: ArgoCd) -> str:
    """Return the id of the organization."""
    body = {"email": EMAIL, "password": PASSWORD, "organization": "homelab"}
    organization: str = send(str(argocd.url), "POST", "/api/v1/admin/bootstrap", body).body["organization"]["id"]
    return organization


def admin_token(argocd: ArgoCd, organization: str) -> str:
    """Return a new token of the administrator."""
    return user_token(str(argocd.url), organization)


def answer(argocd: ArgoCd, token: str) -> int:
    """Return the HTTP status of a request with this token."""
    return send(str(argocd.url), "GET", "/api/v1/projects", token=token).status
