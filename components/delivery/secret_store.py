"""How the External Secrets Operator reads Infisical: its credentials, and the ClusterSecretStore."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import pulumi

import infisical
from components.base.children import child_options
from components.base.guarded_secret import guarded_secret
from components.base.kubernetes_object import KubernetesObject
from components.base.labels import of_this_stack
from components.config import Config, MachineIdentity
from declaration import AppSecret, Store
from declaration.cluster.external_secrets import ESO_API_VERSION
from declaration.objects import ESO_NAMESPACE, PART_OF_HOMELAB, store_of_folder


class InfisicalStore(pulumi.ComponentResource):
    """
    The ClusterSecretStore, `infisical` by default, and the Secret with its credentials.

    :param machine_identity: None until the owner has set it; the store is then not Ready
    :param cluster: the connection that checks existing Secrets
    """

    name: str
    resource: pulumi.Resource
    """The ClusterSecretStore, to depend on it."""
    folders: Mapping[str, pulumi.Resource]
    """By folder whose keys are delivered together, its ClusterSecretStore."""

    def __init__(
        self,
        name: str,
        *,
        config: Config,
        machine_identity: MachineIdentity | None,
        cluster: infisical.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:InfisicalStore", name, None, opts)
        store, secrets = config.store, config.delivered_secrets
        self.name = store.name
        credentials = [self._credentials(store, machine_identity, cluster, opts)] if machine_identity else []
        self.resource = KubernetesObject(
            store.name,
            api_version=ESO_API_VERSION,
            kind="ClusterSecretStore",
            metadata={"name": store.name, "labels": PART_OF_HOMELAB, "annotations": of_this_stack()},
            fields={"spec": spec(store, config.store_path, secrets)},
            opts=child_options(self, opts, depends_on=credentials),
        )
        self.folders = {
            folder: self._of_folder(folder, store, secrets, child_options(self, opts, depends_on=credentials))
            for folder in config.whole_folders
        }
        self.register_outputs({"name": store.name})

    def _of_folder(
        self, folder: str, store: Store, secrets: tuple[AppSecret, ...], opts: pulumi.ResourceOptions
    ) -> pulumi.Resource:
        name = store_of_folder(store.name, folder)
        return KubernetesObject(
            name,
            api_version=ESO_API_VERSION,
            kind="ClusterSecretStore",
            metadata={"name": name, "labels": PART_OF_HOMELAB, "annotations": of_this_stack()},
            fields={"spec": spec(store, folder, readers(folder, secrets))},
            opts=opts,
        )

    def _credentials(
        self,
        store: Store,
        identity: MachineIdentity,
        cluster: infisical.Provider,
        opts: pulumi.ResourceOptions | None,
    ) -> pulumi.Resource:
        name = store.machine_identity_secret
        return guarded_secret(
            name,
            namespace=ESO_NAMESPACE,
            # The operator knows the keys in this spelling only.
            values={"clientId": identity.client_id, "clientSecret": identity.client_secret},
            remedy=f"copy them; then run `kubectl delete secret {name} -n {ESO_NAMESPACE}`",
            cluster=cluster,
            own_may_change=True,
            opts=child_options(self, opts),
        )


def readers(folder: str, secrets: tuple[AppSecret, ...]) -> tuple[AppSecret, ...]:
    """The Secrets that get all keys of a folder."""
    return tuple(secret for secret in secrets if any(each.path == folder for each in secret.folders))


def spec(store: Store, path: str, secrets: tuple[AppSecret, ...]) -> dict[str, object]:
    """
    :param path: the folder that the operator lists to check its login, and where it looks for a key without a folder
    :param secrets: only their namespaces may use the store
    """
    return {
        "provider": {
            "infisical": {
                # Always set: the operator's default is the vendor's cloud.
                "hostAPI": store.host_api,
                **_certificates(store),
                "auth": {
                    "universalAuthCredentials": {
                        "clientId": _credential(store, "clientId"),
                        "clientSecret": _credential(store, "clientSecret"),
                    }
                },
                "secretsScope": {
                    "projectSlug": store.project_slug,
                    "environmentSlug": store.environment_slug,
                    "secretsPath": path,
                },
            }
        },
        "conditions": [{"namespaces": sorted({each.namespace for each in secrets if each.reads_infisical})}],
    }


def _certificates(store: Store) -> dict[str, Any]:
    if store.ca_bundle:
        # Kubernetes has bytes as base64.
        return {"caBundle": base64.b64encode(store.ca_bundle.encode()).decode()}
    if store.ca_provider:
        source = store.ca_provider
        named = {"name": source.name, "namespace": source.namespace, "key": source.key}
        return {"caProvider": {"type": source.kind, **named}}
    return {}


def _credential(store: Store, key: str) -> dict[str, str]:
    return {"name": store.machine_identity_secret, "namespace": ESO_NAMESPACE, "key": key}
