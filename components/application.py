"""The Argo CD Application that installs Infisical's Helm chart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi

from components.bootstrap import INFISICAL_SECRETS
from components.children import child_options
from components.generated_keys import GeneratedKeys
from components.kubernetes_object import KubernetesObject
from components.labels import managed_by
from declaration.inventory import ARGOCD_NAMESPACE, INFISICAL_NAMESPACE
from declaration.site import Infisical

CHART_REPOSITORY = "https://dl.cloudsmith.io/public/infisical/helm-charts/helm/charts/"
CHART = "infisical-standalone"
SERVER = "infisical-infisical-standalone-infisical"
"""The name that the chart gives to Infisical's Deployment and Service for a release named `infisical`."""


@dataclass(frozen=True)
class InfisicalApplicationArgs:
    """What to install, and the passwords of the bundled database and Redis (unused where both are external)."""

    infisical: Infisical
    keys: GeneratedKeys


class InfisicalApplication(pulumi.ComponentResource):
    """
    The Application `argocd/infisical`. Deleting it leaves what it installed: it has no finalizer, so that
    no mistake with this object can take the database away.
    """

    def __init__(self, name: str, args: InfisicalApplicationArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:InfisicalApplication", name, None, opts)
        KubernetesObject(
            "infisical",
            api_version="argoproj.io/v1alpha1",
            kind="Application",
            metadata={
                "name": "infisical",
                "namespace": ARGOCD_NAMESPACE,
                "labels": managed_by("argocd", name="infisical", component="secrets"),
                "annotations": {"argocd.argoproj.io/sync-wave": "0"},
            },
            fields={"spec": _spec(args)},
            opts=child_options(self, opts),
        )
        self.register_outputs({})


_IGNORED_DIFFERENCES = [
    {"group": "", "kind": "Secret", "jsonPointers": ["/data"]},
    # The chart writes the time of rendering here; self-healing would restart Infisical at each new rendering.
    {
        "group": "apps",
        "kind": "Deployment",
        "name": SERVER,
        "jsonPointers": [
            "/metadata/annotations/updatedAt",
            "/spec/template/metadata/annotations/updatedAt",
        ],
    },
]


def _spec(args: InfisicalApplicationArgs) -> dict[str, Any]:
    return {
        "project": "secrets",
        "source": {
            "repoURL": CHART_REPOSITORY,
            "chart": CHART,
            "targetRevision": args.infisical.chart_version,
            "helm": {"valuesObject": _values(args.infisical, args.keys)},
        },
        "destination": {"server": "https://kubernetes.default.svc", "namespace": INFISICAL_NAMESPACE},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["CreateNamespace=true"],
        },
        "ignoreDifferences": _IGNORED_DIFFERENCES,
    }


def _values(infisical: Infisical, keys: GeneratedKeys) -> dict[str, Any]:
    resources = {"requests": infisical.requests, "limits": infisical.limits}
    return {
        "infisical": {
            "replicaCount": infisical.replicas,
            "kubeSecretRef": INFISICAL_SECRETS,
            # A text, as the chart's own values have it.
            "service": {"type": "NodePort", "nodePort": str(infisical.node_port)},
            "resources": {name: amounts for name, amounts in resources.items() if amounts},
        },
        "ingress": {"enabled": False},
        **(_external_database(infisical) if infisical.database else _bundled_database(keys)),
    }


def _bundled_database(keys: GeneratedKeys) -> dict[str, Any]:
    return {
        "postgresql": {
            "enabled": True,
            "fullnameOverride": "postgresql",
            "auth": {
                "username": "infisical",
                "database": "infisicalDB",
                "password": pulumi.Output.secret(keys.postgres_password),
            },
        },
        "redis": {
            "enabled": True,
            "fullnameOverride": "redis",
            "architecture": "standalone",
            "auth": {"password": pulumi.Output.secret(keys.redis_password)},
        },
    }


def _external_database(infisical: Infisical) -> dict[str, Any]:
    assert infisical.database is not None
    # The bundled database must be off: with both, the chart renders DB_CONNECTION_URI twice.
    # REDIS_URL comes from the Secret of `kubeSecretRef`: the chart would render a password in clear.
    return {
        "postgresql": {
            "enabled": False,
            "useExistingPostgresSecret": {
                "enabled": True,
                "existingConnectionStringSecret": {
                    "name": infisical.database.secret_name,
                    "key": infisical.database.secret_key,
                },
            },
        },
        "redis": {"enabled": False},
    }
