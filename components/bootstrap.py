"""The Secrets that must exist before Infisical starts."""

from __future__ import annotations

import pulumi

from components.generated_keys import GeneratedKeys
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from components.namespaces import Namespaces
from declaration import ArgoCd
from declaration.objects import HELM_SECRETS, INFISICAL_NAMESPACE, INFISICAL_SECRETS


class BootstrapSecrets(pulumi.ComponentResource):
    """
    The Secrets that Infisical needs to start. None of their values comes from Infisical.

    :param redis_url: only with an external database; the chart then gets no password
    """

    def __init__(
        self,
        name: str,
        *,
        argocd: ArgoCd,
        namespaces: Namespaces,
        keys: GeneratedKeys,
        redis_url: pulumi.Output[str] | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:BootstrapSecrets", name, None, opts)
        own = {"ENCRYPTION_KEY": keys.encryption_key, "AUTH_SECRET": keys.auth_secret}
        if redis_url:
            own["REDIS_URL"] = redis_url
        self._secret(INFISICAL_NAMESPACE, INFISICAL_SECRETS, own, namespaces, protect=True)
        if not redis_url:
            values = {"values.yaml": _helm_values(keys)}
            self._secret(argocd.namespace, HELM_SECRETS, values, namespaces)
        self.register_outputs({})

    def _secret(
        self,
        namespace: str,
        name: str,
        values: dict[str, pulumi.Output[str]],
        namespaces: Namespaces,
        *,
        protect: bool = False,
    ) -> None:
        KubernetesObject(
            name,
            api_version="v1",
            kind="Secret",
            metadata={"name": name, "namespace": namespace, "labels": PART_OF_HOMELAB},
            fields={"type": "Opaque", "stringData": values},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[namespaces[namespace]], protect=protect),
        )


def _helm_values(keys: GeneratedKeys) -> pulumi.Output[str]:
    # Quoted: a password of digits alone would reach the chart as a number.
    return pulumi.Output.format(
        'postgresql:\n  auth:\n    password: "{}"\nredis:\n  auth:\n    password: "{}"\n',
        keys.postgres_password,
        keys.redis_password,
    )
