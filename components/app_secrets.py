"""The apps' ExternalSecrets: which keys of Infisical become which keys of an app's Secret."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pulumi

from components.children import child_options
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from components.namespaces import Namespaces
from components.secret_store import ESO_API_VERSION, InfisicalStore
from components.seeded_values import SeededValues
from declaration import App, SecretKey, Store
from declaration.objects import STORE

REFRESH_INTERVAL = "1h0m0s"
"""One hour, in the operator's own form. The operator rewrites `1h`, and the next update fails with a field conflict."""


class AppSecrets(pulumi.ComponentResource):
    """
    One ExternalSecret for each app. The operator creates the Secret of the same name from it and owns it.

    One component for all: one for each app would be 50 % more resources, and Pulumi's file backend writes all of them
    at each step of an update. Each ExternalSecret depends on its namespace, the operator's store and its app's keys.

    :param store_path: the folder of the operator's store
    :param values: the keys in Infisical; None if Infisical is not managed
    """

    specs: Mapping[str, Mapping[str, Any]]
    """By app, the spec of its ExternalSecret."""

    def __init__(
        self,
        name: str,
        *,
        apps: tuple[App, ...],
        namespaces: Namespaces,
        store: Store,
        store_path: str,
        eso: InfisicalStore,
        values: SeededValues | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:AppSecrets", name, None, opts)
        self.specs = {app.name: spec(app, store.folder(app.name), store_path) for app in apps}
        self._by_app: dict[str, pulumi.Resource] = {}
        for app in apps:
            folder = store.folder(app.name)
            seeds = [values.resources[folder, key.name] for key in app.keys] if values else []
            self._by_app[app.name] = KubernetesObject(
                # Joined by '/': joined by '-', two apps could have the same name.
                f"{app.namespace}/{app.secret_name}",
                api_version=ESO_API_VERSION,
                kind="ExternalSecret",
                metadata={
                    "name": app.secret_name,
                    "namespace": app.namespace,
                    # Not the app's labels: Argo CD adopts and prunes what has `app.kubernetes.io/instance`.
                    "labels": PART_OF_HOMELAB,
                    "annotations": {"pulumi.com/patchForce": "true"} if app.adopt else {},
                },
                fields={"spec": self.specs[app.name]},
                opts=child_options(self, opts, depends_on=[namespaces[app.namespace], eso.resource, *seeds]),
            )
        self.register_outputs({})

    def __getitem__(self, app: str) -> pulumi.Resource:
        """The app's ExternalSecret, to depend on it."""
        return self._by_app[app]


def spec(app: App, folder: str, store_path: str) -> dict[str, Any]:
    target: dict[str, Any] = {
        "name": app.secret_name,
        "creationPolicy": "Owner",
        # A key that was deleted in Infisical must not delete the running app's Secret.
        "deletionPolicy": "Retain",
        # Without a template, the operator copies the ExternalSecret's labels and annotations to the Secret.
        "template": {
            "engineVersion": "v2",
            "mergePolicy": "Merge",
            "metadata": {"labels": {key: _verbatim(text) for key, text in {**PART_OF_HOMELAB, **app.labels}.items()}},
        },
    }
    if app.literals:
        target["template"]["data"] = {key: _verbatim(text) for key, text in app.literals.items()}
    return {
        "refreshInterval": REFRESH_INTERVAL,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
        "target": target,
        "data": [
            {"secretKey": secret_key, "remoteRef": {"key": _remote_key(key, folder, store_path)}}
            for key in app.keys
            for secret_key in key.secret_keys
        ],
    }


def _remote_key(key: SecretKey, folder: str, store_path: str) -> str:
    # The operator looks for a key without a folder in the store's own path.
    return key.name if folder == store_path else f"{folder.rstrip('/')}/{key.name}"


def _verbatim(text: str) -> str:
    """A string escaped for the operator's template language."""
    return text.replace("{{", '{{ "{{" }}')
