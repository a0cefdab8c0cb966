"""The Secrets that must exist before Infisical starts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from components.generated_keys import GeneratedKeys
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from components.namespaces import Namespaces
from declaration.inventory import ARGOCD_NAMESPACE, INFISICAL_NAMESPACE

INFISICAL_SECRETS = "infisical-secrets"


@dataclass(frozen=True)
class BootstrapSecretsArgs:
    """`redis_url` is given where database and Redis are the owner's own; the chart then gets no password."""

    namespaces: Namespaces
    keys: GeneratedKeys
    redis_url: pulumi.Output[str] | None = field(repr=False)


class BootstrapSecrets(pulumi.ComponentResource):
    """The bootstrap Secrets. None of their values comes from Infisical: it needs them itself."""

    def __init__(self, name: str, args: BootstrapSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:BootstrapSecrets", name, None, opts)
        own = {"ENCRYPTION_KEY": args.keys.encryption_key, "AUTH_SECRET": args.keys.auth_secret}
        if args.redis_url:
            own["REDIS_URL"] = args.redis_url
        self._secret(INFISICAL_NAMESPACE, INFISICAL_SECRETS, own, args.namespaces, protect=True)
        if not args.redis_url:
            values = {"values.yaml": _helm_values(args.keys)}
            self._secret(ARGOCD_NAMESPACE, "infisical-helm-secrets", values, args.namespaces)
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
