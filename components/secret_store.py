"""The ClusterSecretStore: how the External Secrets Operator reads Infisical."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_kubernetes as kubernetes

from components.bootstrap import MACHINE_IDENTITY
from components.children import child_options
from components.inventory import ESO_NAMESPACE, App
from components.labels import PART_OF_HOMELAB
from components.site import Store

ESO_API_VERSION = "external-secrets.io/v1"
STORE = "infisical"


@dataclass(frozen=True)
class InfisicalStoreArgs:
    """The store's scope in Infisical, and the apps whose namespaces may use it."""

    store: Store
    apps: tuple[App, ...]


class InfisicalStore(pulumi.ComponentResource):
    """The ClusterSecretStore `infisical`, usable from the apps' namespaces alone."""

    name: str

    def __init__(self, name: str, args: InfisicalStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:InfisicalStore", name, None, opts)
        self.name = STORE
        kubernetes.apiextensions.CustomResource(
            STORE,
            api_version=ESO_API_VERSION,
            kind="ClusterSecretStore",
            metadata={"name": STORE, "labels": PART_OF_HOMELAB},
            spec={
                "provider": {
                    "infisical": {
                        # Never left out: the operator's default is the vendor's cloud.
                        "hostAPI": args.store.host_api,
                        "auth": {
                            "universalAuthCredentials": {
                                "clientId": _credential("clientId"),
                                "clientSecret": _credential("clientSecret"),
                            }
                        },
                        "secretsScope": {
                            "projectSlug": args.store.project_slug,
                            "environmentSlug": args.store.environment_slug,
                            "secretsPath": args.store.secrets_path,
                        },
                    }
                },
                "conditions": [{"namespaces": sorted({app.namespace for app in args.apps})}],
            },
            opts=child_options(self, opts),
        )
        self.register_outputs({"name": STORE})


def _credential(key: str) -> dict[str, str]:
    return {"name": MACHINE_IDENTITY, "namespace": ESO_NAMESPACE, "key": key}
