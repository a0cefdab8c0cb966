"""The Argo CD Application that installs Infisical's Helm chart."""

from __future__ import annotations

from typing import Any

import pulumi

from components.base.children import child_options
from components.base.kubernetes_object import KubernetesObject
from components.base.labels import managed_by
from components.installation.generated_keys import GeneratedKeys
from declaration import ArgoCd, Infisical
from declaration.cluster.chart_values import CHART, chart_values
from declaration.objects import (
    APPLICATION,
    CHART_REPOSITORY,
    CLUSTER_SERVER,
    INFISICAL_NAMESPACE,
    SERVER,
)
from infisical import DatabaseInUse, DatabaseInUseArgs, Provider


class InfisicalApplication(pulumi.ComponentResource):
    """
    The Application `infisical` in Argo CD's namespace.

    It has no finalizer: deleting it keeps what it installed, so that a mistake cannot delete the database.

    :param project: the name of its AppProject
    :param cluster: the connection that remembers the database in use
    :param keys: with the passwords of the bundled database and Redis
    """

    def __init__(
        self,
        name: str,
        *,
        infisical: Infisical,
        argocd: ArgoCd,
        project: pulumi.Input[str],
        keys: GeneratedKeys,
        cluster: Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:InfisicalApplication", name, None, opts)
        in_use = DatabaseInUse(
            "database",
            DatabaseInUseArgs(kind=infisical.database_in_use),
            child_options(self, None, provider=cluster),
        )
        KubernetesObject(
            APPLICATION,
            api_version="argoproj.io/v1alpha1",
            kind="Application",
            metadata=metadata(argocd),
            fields={"spec": spec(infisical, project, keys.postgres_password, keys.redis_password)},
            opts=child_options(self, opts, depends_on=[in_use]),
        )
        self.register_outputs({})


def metadata(argocd: ArgoCd) -> dict[str, Any]:
    return {
        "name": APPLICATION,
        "namespace": argocd.namespace,
        "labels": managed_by("argocd", name=APPLICATION, component="secrets"),
        "annotations": {"argocd.argoproj.io/sync-wave": "0"},
    }


_IGNORED_DIFFERENCES = [
    {"group": "", "kind": "Secret", "jsonPointers": ["/data"]},
    # The chart writes the time of rendering here. Self-healing would restart Infisical at each new rendering.
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


Password = pulumi.Input[str] | None
"""None where only the fields matter."""


def spec(
    infisical: Infisical, project: pulumi.Input[str], postgres_password: Password, redis_password: Password
) -> dict[str, Any]:
    return {
        "project": project,
        "source": {
            "repoURL": CHART_REPOSITORY,
            "chart": CHART,
            "targetRevision": infisical.chart_version,
            "helm": {"valuesObject": _values(infisical, postgres_password, redis_password)},
        },
        "destination": {"server": CLUSTER_SERVER, "namespace": INFISICAL_NAMESPACE},
        "syncPolicy": {
            "automated": {"prune": True, "selfHeal": True},
            "syncOptions": ["CreateNamespace=true"],
        },
        "ignoreDifferences": _IGNORED_DIFFERENCES,
    }


def _values(infisical: Infisical, postgres_password: Password, redis_password: Password) -> dict[str, Any]:
    values = chart_values(infisical)
    if infisical.uses_bundled:
        values["postgresql"]["auth"]["password"] = _secret(postgres_password)
        values["redis"]["auth"]["password"] = _secret(redis_password)
    return values


def _secret(password: Password) -> Password:
    return None if password is None else pulumi.Output.secret(password)
