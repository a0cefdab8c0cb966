"""The names of the Kubernetes objects that the program writes, reads or depends on."""

from __future__ import annotations

import hashlib
import re
from typing import Final, Protocol

FIELD_MANAGER: Final = "pulumi-homelab"
"""The manager, in server-side apply, of every field that the program writes: it marks what the program made."""

STACK: Final = "homelab/stack"
"""The annotation of the operator's objects that names the stack which made them: stacks can share a cluster."""

PART_OF_HOMELAB: Final = {"app.kubernetes.io/part-of": "homelab"}
"""The label of every object that the program makes, and of the Secrets that the operator makes."""

INFISICAL_NAMESPACE: Final = "infisical"
ARGOCD_NAMESPACE: Final = "argocd"
"""Argo CD's namespace, unless the declaration names a different one."""
ESO_NAMESPACE: Final = "external-secrets"

INFISICAL_SECRETS: Final = "infisical-secrets"
"""Secret in Infisical's namespace: what the server needs to start."""
HELM_SECRETS: Final = "infisical-helm-secrets"
"""Secret in Argo CD's namespace: passwords for the Helm chart."""
REPOSITORY_SECRET: Final = "repo-homelab"
"""Secret in Argo CD's namespace: access to the private repository."""
ARGOCD_SECRET: Final = "argocd-secret"
"""Argo CD's own Secret."""
OIDC_CLIENT_SECRET: Final = "oidc.argocd.clientSecret"
"""The one key of it that the program writes."""
KEYS_OF_ARGOCD: Final = frozenset(
    {"admin.password", "admin.passwordMtime", "server.secretkey", "tls.crt", "tls.key", OIDC_CLIENT_SECRET}
)
"""The keys of it that Argo CD or the program writes. Others may be added, such as secrets of webhooks."""
MACHINE_IDENTITY: Final = "machine-identity"
"""The end of the name of the Secret in the operator's namespace: its credentials at Infisical."""

APPLICATION: Final = "infisical"
"""The Argo CD Application, and with it the Helm release."""
DEFAULT_PROJECT: Final = "default"
"""The AppProject that Argo CD creates itself. It allows everything, unless the owner has restricted it."""
CHART_REPOSITORY: Final = "https://dl.cloudsmith.io/public/infisical/helm-charts/helm/charts/"
CLUSTER_SERVER: Final = "https://kubernetes.default.svc"
"""Argo CD's address of the cluster that it runs in."""
STORE: Final = "infisical"
"""The ClusterSecretStore, unless the declaration names a different one."""


def store_of_folder(store: str, path: str) -> str:
    """The ClusterSecretStore of a folder whose keys are delivered together: a store lists one folder only."""
    words = "-".join(re.findall(r"[a-z0-9]+", path.lower()))[:40].strip("-")
    return "-".join(filter(None, (store, words, hashlib.sha256(path.encode()).hexdigest()[:8])))


SERVER: Final = "infisical-infisical-standalone-infisical"
"""The name that the chart gives to Infisical's Deployment and Service for this release."""
POSTGRESQL: Final = "postgresql"
"""The chart's PostgreSQL: its StatefulSet, and the Secret with its password."""
REDIS: Final = "redis"

SEPARATE_POSTGRESQL: Final = "infisical-postgresql"
"""The Application, release, StatefulSet and Service of a PostgreSQL next to Infisical's chart."""
SEPARATE_REDIS: Final = "infisical-redis"
"""The same for Redis. Its StatefulSet and its Service end with `-master`."""
DATABASE_SECRET: Final = "infisical-database"
"""Secret in Infisical's namespace: the passwords of both, and the connection string."""
DATABASE_REPOSITORY: Final = "https://charts.bitnami.com/bitnami"

BACKUP_JOB: Final = "infisical-backup"
"""The CronJob that backs up the database, its ConfigMap and its PersistentVolumeClaim, in Infisical's namespace."""

BACKUP_LOGIN: Final = "infisical-backup-s3"
"""Secret in Infisical's namespace: the login to the bucket of the job."""

RESERVED_NAMESPACES: Final = frozenset(
    {
        INFISICAL_NAMESPACE,
        ESO_NAMESPACE,
        "default",
        "kube-system",
        "kube-public",
        "kube-node-lease",
    }
)
"""
Namespaces that no app may own, in addition to Argo CD's: removing the app would delete objects that are not the app's.
"""


def taken_secrets(argocd_namespace: str, store: str = STORE) -> dict[tuple[str, str], str]:
    """Secrets that no app may write, by namespace and name, with the reason."""
    return {
        (INFISICAL_NAMESPACE, INFISICAL_SECRETS): "this program writes it for Infisical",
        (argocd_namespace, HELM_SECRETS): "this program writes it for Infisical's Helm chart",
        (INFISICAL_NAMESPACE, HELM_SECRETS): "this program writes it for Infisical's Helm chart",
        (INFISICAL_NAMESPACE, BACKUP_LOGIN): "this program writes it for the job that backs up the database",
        (argocd_namespace, REPOSITORY_SECRET): "this program writes it for Argo CD",
        (ESO_NAMESPACE, f"{store}-{MACHINE_IDENTITY}"): "this program writes it for the External Secrets Operator",
        # An ExternalSecret that owns it would remove Argo CD's own keys.
        (argocd_namespace, ARGOCD_SECRET): "it belongs to Argo CD",
    }


class PlacedObject(Protocol):
    """An object in the cluster. Its namespace is empty if its kind has none."""

    @property
    def kind(self) -> str: ...
    @property
    def namespace(self) -> str: ...
    @property
    def name(self) -> str: ...
