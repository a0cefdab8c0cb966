"""The apps' ExternalSecrets: which keys of Infisical become which keys of an app's Secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.base.children import child_options
from components.base.kubernetes_object import KubernetesObject
from components.base.labels import of_this_stack
from components.config import Config
from components.delivery.secret_store import InfisicalStore
from components.managed.seeded_values import SeededValues
from components.namespaces import Namespaces
from declaration import key_id
from declaration.cluster.external_secrets import ESO_API_VERSION, spec
from declaration.objects import PART_OF_HOMELAB


class AppSecrets(pulumi.ComponentResource):
    """
    One ExternalSecret for each Secret of an app. The operator makes the Secret of the same name from it.

    One component for all: one for each app would be 50 % more resources, and Pulumi's file backend writes all of them
    at each step of an update. Each ExternalSecret depends on its namespace, the operator's store and its own keys.

    :param values: the keys in Infisical; None if Infisical is not managed
    """

    specs: Mapping[str, Mapping[str, Any]]
    """By `namespace/name`, the spec of the ExternalSecret."""

    def __init__(
        self,
        name: str,
        *,
        config: Config,
        namespaces: Namespaces,
        eso: InfisicalStore,
        values: SeededValues | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:AppSecrets", name, None, opts)
        self.specs = {}
        self._by_place: dict[str, pulumi.Resource] = {}
        store = config.store
        for secret in config.delivered_secrets:
            fields = spec(secret, store.folder(secret.app), config.store_path, store.name)
            read = dict.fromkeys(key_id(store, secret.app, key) for key in secret.keys)
            if values and (whole := {folder.path for folder in secret.folders}):
                read |= dict.fromkeys(key for key in values.resources if key[0] in whole)
            stores = [eso.resource] if secret.reads_infisical else []
            stores += [eso.folders[folder.path] for folder in secret.folders]
            seeds = [values.resources[key] for key in read] if values else []
            self.specs[secret.place] = fields
            self._by_place[secret.place] = KubernetesObject(
                # Joined by '/': joined by '-', two apps could have the same name.
                secret.place,
                api_version=ESO_API_VERSION,
                kind="ExternalSecret",
                metadata={
                    "name": secret.external_secret_name,
                    "namespace": secret.namespace,
                    # Not the app's labels: Argo CD adopts and prunes what has `app.kubernetes.io/instance`.
                    "labels": PART_OF_HOMELAB,
                    "annotations": {**of_this_stack(), **({"pulumi.com/patchForce": "true"} if secret.adopt else {})},
                },
                fields={"spec": fields},
                opts=child_options(self, opts, depends_on=[namespaces[secret.namespace], *stores, *seeds]),
            )
        self.register_outputs({})

    def __getitem__(self, place: str) -> pulumi.Resource:
        """The ExternalSecret `namespace/name`, to depend on it."""
        return self._by_place[place]
