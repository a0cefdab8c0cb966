"""How the External Secrets Operator reads Infisical: its credentials there, and the ClusterSecretStore."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from components.children import child_options
from components.config import MachineIdentity
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from declaration.inventory import ESO_NAMESPACE, App
from declaration.site import Store

ESO_API_VERSION = "external-secrets.io/v1"
STORE = "infisical"
MACHINE_IDENTITY = "infisical-machine-identity"


@dataclass(frozen=True)
class InfisicalStoreArgs:
    """
    The store's scope in Infisical, and the apps whose namespaces may use it.

    `machine_identity` is None until the owner has set it; the store is then not Ready.
    """

    store: Store
    apps: tuple[App, ...]
    machine_identity: MachineIdentity | None = field(repr=False)


class InfisicalStore(pulumi.ComponentResource):
    """The Secret `infisical-machine-identity`, and the ClusterSecretStore `infisical`, usable by the apps alone."""

    name: str

    def __init__(self, name: str, args: InfisicalStoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:InfisicalStore", name, None, opts)
        self.name = STORE
        credentials = [self._credentials(args.machine_identity, opts)] if args.machine_identity else []
        KubernetesObject(
            STORE,
            api_version=ESO_API_VERSION,
            kind="ClusterSecretStore",
            metadata={"name": STORE, "labels": PART_OF_HOMELAB},
            fields={"spec": _spec(args)},
            opts=child_options(self, opts, depends_on=credentials),
        )
        self.register_outputs({"name": STORE})

    def _credentials(self, identity: MachineIdentity, opts: pulumi.ResourceOptions | None) -> pulumi.Resource:
        return KubernetesObject(
            MACHINE_IDENTITY,
            api_version="v1",
            kind="Secret",
            metadata={"name": MACHINE_IDENTITY, "namespace": ESO_NAMESPACE, "labels": PART_OF_HOMELAB},
            # The operator knows the keys in this spelling only.
            fields={
                "type": "Opaque",
                "stringData": {"clientId": identity.client_id, "clientSecret": identity.client_secret},
            },
            opts=child_options(self, opts),
        )


def _spec(args: InfisicalStoreArgs) -> dict[str, object]:
    return {
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
    }


def _credential(key: str) -> dict[str, str]:
    return {"name": MACHINE_IDENTITY, "namespace": ESO_NAMESPACE, "key": key}
