"""The Secrets that must exist before Infisical starts."""

from __future__ import annotations

import pulumi

from components.base.guarded_secret import guarded_secret
from components.installation import separate_database
from components.installation.generated_keys import GeneratedKeys
from components.installation.redis_settings import redis_values
from components.namespaces import Namespaces
from declaration import Infisical
from declaration.objects import DATABASE_SECRET, HELM_SECRETS, INFISICAL_NAMESPACE, INFISICAL_SECRETS
from infisical import Provider


class BootstrapSecrets(pulumi.ComponentResource):
    """
    The Secrets that Infisical needs to start. None of their values comes from Infisical.

    :param helm_namespace: of the Secret with the chart's passwords
    :param cluster: the connection that checks existing Secrets
    :param infisical: says which database Infisical uses
    :param redis_url: of an external Redis
    """

    def __init__(
        self,
        name: str,
        *,
        infisical: Infisical,
        helm_namespace: str,
        namespaces: Namespaces,
        keys: GeneratedKeys,
        redis_url: pulumi.Output[str] | None,
        cluster: Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:BootstrapSecrets", name, None, opts)
        own = {"ENCRYPTION_KEY": keys.encryption_key, "AUTH_SECRET": keys.auth_secret}
        if infisical.database_in_use == "separate":
            redis_url = separate_database.redis_url(keys)
        if redis_url:
            own |= redis_values(redis_url, infisical.external)
        guarded_secret(
            INFISICAL_SECRETS,
            namespace=INFISICAL_NAMESPACE,
            values=own,
            known={"ENCRYPTION_KEY": keys.known_encryption_key},
            remedy="set homelab:infisicalEncryptionKey and homelab:infisicalAuthSecret to them",
            cluster=cluster,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespaces[INFISICAL_NAMESPACE]], protect=True),
        )
        if infisical.separate:
            guarded_secret(
                DATABASE_SECRET,
                namespace=INFISICAL_NAMESPACE,
                values=separate_database.secret_values(keys.postgres_password, keys),
                known=separate_database.secret_values(keys.known_postgres_password, keys),
                remedy="set homelab:infisicalPostgresPassword and homelab:infisicalRedisPassword to its passwords",
                cluster=cluster,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[namespaces[INFISICAL_NAMESPACE]]),
            )
        if infisical.uses_bundled:
            guarded_secret(
                HELM_SECRETS,
                namespace=helm_namespace,
                values={"values.yaml": _helm_values(keys.postgres_password, keys)},
                known={"values.yaml": _helm_values(keys.known_postgres_password, keys)},
                remedy="set homelab:infisicalPostgresPassword and homelab:infisicalRedisPassword to its passwords",
                cluster=cluster,
                opts=pulumi.ResourceOptions(parent=self, depends_on=[namespaces[helm_namespace]]),
            )
        self.register_outputs({})


def _helm_values(postgres_password: pulumi.Output[str], keys: GeneratedKeys) -> pulumi.Output[str]:
    # Quoted: a password of digits alone would reach the chart as a number.
    return pulumi.Output.format(
        'postgresql:\n  auth:\n    password: "{}"\nredis:\n  auth:\n    password: "{}"\n',
        postgres_password,
        keys.redis_password,
    )
