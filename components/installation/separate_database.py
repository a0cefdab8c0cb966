"""PostgreSQL and Redis as Argo CD Applications of their own. No password is in them."""

from __future__ import annotations

from typing import Any

import pulumi

from components.base.children import child_options
from components.base.kubernetes_object import KubernetesObject
from components.base.labels import managed_by
from components.installation.generated_keys import GeneratedKeys
from declaration import ArgoCd, SeparateDatabase
from declaration.cluster.chart_values import CONNECTION_KEY, POSTGRESQL_KEY, REDIS_KEY, separate_values
from declaration.objects import (
    CLUSTER_SERVER,
    DATABASE_REPOSITORY,
    INFISICAL_NAMESPACE,
    SEPARATE_POSTGRESQL,
    SEPARATE_REDIS,
)


class SeparateDatabases(pulumi.ComponentResource):
    """
    The Applications `infisical-postgresql` and `infisical-redis` in Argo CD's namespace.

    Like Infisical's Application, they have no finalizer: deleting one keeps the database.

    :param project: the name of their AppProject
    """

    def __init__(
        self,
        name: str,
        *,
        database: SeparateDatabase,
        argocd: ArgoCd,
        project: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:SeparateDatabases", name, None, opts)
        for application, spec in specs(database, project).items():
            KubernetesObject(
                application,
                api_version="argoproj.io/v1alpha1",
                kind="Application",
                metadata=metadata(application, argocd),
                fields={"spec": spec},
                opts=child_options(self, opts),
            )
        self.register_outputs({})


def metadata(application: str, argocd: ArgoCd) -> dict[str, Any]:
    return {
        "name": application,
        "namespace": argocd.namespace,
        "labels": managed_by("argocd", name=application, component="secrets"),
    }


def specs(database: SeparateDatabase, project: pulumi.Input[str]) -> dict[str, dict[str, Any]]:
    """The spec of each Application."""
    charts = {
        SEPARATE_POSTGRESQL: ("postgresql", database.postgresql_version),
        SEPARATE_REDIS: ("redis", database.redis_version),
    }
    return {
        application: {
            "project": project,
            "source": {
                "repoURL": DATABASE_REPOSITORY,
                "chart": charts[application][0],
                "targetRevision": charts[application][1],
                "helm": {"valuesObject": values},
            },
            "destination": {"server": CLUSTER_SERVER, "namespace": INFISICAL_NAMESPACE},
            "syncPolicy": {"automated": {"prune": True, "selfHeal": True}},
        }
        for application, values in separate_values().items()
    }


def secret_values(postgres_password: pulumi.Output[str], keys: GeneratedKeys) -> dict[str, pulumi.Output[str]]:
    """What the charts and Infisical read. The passwords need no escaping in an address."""
    uri = f"postgres://infisical:{{}}@{SEPARATE_POSTGRESQL}:5432/infisicalDB"
    return {
        POSTGRESQL_KEY: postgres_password,
        REDIS_KEY: keys.redis_password,
        CONNECTION_KEY: pulumi.Output.format(uri, postgres_password),
    }


def redis_url(keys: GeneratedKeys) -> pulumi.Output[str]:
    return pulumi.Output.format(f"redis://:{{}}@{SEPARATE_REDIS}-master:6379", keys.redis_password)
