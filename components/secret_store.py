"""How the External Secrets Operator reads Infisical: its credentials, and the ClusterSecretStore."""

from __future__ import annotations

import pulumi

import infisical
from components.children import child_options
from components.config import MachineIdentity
from components.guarded_secret import guarded_secret
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from declaration import AppSecret, Store
from declaration.objects import ESO_NAMESPACE, MACHINE_IDENTITY_SECRET, STORE

ESO_API_VERSION = "external-secrets.io/v1"


class InfisicalStore(pulumi.ComponentResource):
    """
    The Secret `infisical-machine-identity`, and the ClusterSecretStore `infisical`.

    :param path: the folder that the operator lists to check its login, and where it looks for a key without a folder
    :param secrets: only their namespaces may use the store
    :param machine_identity: None until the owner has set it; the store is then not Ready
    :param cluster: the connection that checks existing Secrets
    """

    name: str
    resource: pulumi.Resource
    """The ClusterSecretStore, to depend on it."""

    def __init__(
        self,
        name: str,
        *,
        store: Store,
        path: str,
        secrets: tuple[AppSecret, ...],
        machine_identity: MachineIdentity | None,
        cluster: infisical.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:InfisicalStore", name, None, opts)
        self.name = STORE
        credentials = [self._credentials(machine_identity, cluster, opts)] if machine_identity else []
        self.resource = KubernetesObject(
            STORE,
            api_version=ESO_API_VERSION,
            kind="ClusterSecretStore",
            metadata={"name": STORE, "labels": PART_OF_HOMELAB},
            fields={"spec": spec(store, path, secrets)},
            opts=child_options(self, opts, depends_on=credentials),
        )
        self.register_outputs({"name": STORE})

    def _credentials(
        self, identity: MachineIdentity, cluster: infisical.Provider, opts: pulumi.ResourceOptions | None
    ) -> pulumi.Resource:
        return guarded_secret(
            MACHINE_IDENTITY_SECRET,
            namespace=ESO_NAMESPACE,
            # The operator knows the keys in this spelling only.
            values={"clientId": identity.client_id, "clientSecret": identity.client_secret},
            remedy=f"copy them; then run `kubectl delete secret {MACHINE_IDENTITY_SECRET} -n {ESO_NAMESPACE}`",
            cluster=cluster,
            own_may_change=True,
            opts=child_options(self, opts),
        )


def spec(store: Store, path: str, secrets: tuple[AppSecret, ...]) -> dict[str, object]:
    return {
        "provider": {
            "infisical": {
                # Always set: the operator's default is the vendor's cloud.
                "hostAPI": store.host_api,
                "auth": {
                    "universalAuthCredentials": {
                        "clientId": _credential("clientId"),
                        "clientSecret": _credential("clientSecret"),
                    }
                },
                "secretsScope": {
                    "projectSlug": store.project_slug,
                    "environmentSlug": store.environment_slug,
                    "secretsPath": path,
                },
            }
        },
        "conditions": [{"namespaces": sorted({secret.namespace for secret in secrets})}],
    }


def _credential(key: str) -> dict[str, str]:
    return {"name": MACHINE_IDENTITY_SECRET, "namespace": ESO_NAMESPACE, "key": key}
