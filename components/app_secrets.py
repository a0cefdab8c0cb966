"""The apps' ExternalSecrets: which keys of Infisical become which keys of an app's Secret."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from components.children import child_options
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from components.namespaces import Namespaces
from components.secret_store import ESO_API_VERSION, STORE
from declaration.inventory import App, SecretKey
from declaration.site import Store

REFRESH_INTERVAL = "1h0m0s"
"""Each hour, in the form that the operator would rewrite it to: `1h` would end in a conflict over the field."""


@dataclass(frozen=True)
class AppSecretsArgs:
    """The apps to deliver to, their namespaces, and where in Infisical their keys are."""

    apps: tuple[App, ...]
    namespaces: Namespaces
    store: Store


class AppSecrets(pulumi.ComponentResource):
    """
    One ExternalSecret for each app; the operator makes the Secret of the same name from it and owns it.

    One component for all: with one for each there would be half as many resources again, and Pulumi's file backend
    writes all of them at each step of an update.
    """

    specs: Mapping[str, Mapping[str, Any]]
    """What the ExternalSecret of each app declares, by the app's name."""

    def __init__(self, name: str, args: AppSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:AppSecrets", name, None, opts)
        self.specs = {app.name: _spec(app, args.store) for app in args.apps}
        for app in args.apps:
            KubernetesObject(
                # As Kubernetes names it: joined by '-', two apps' names could be one.
                f"{app.namespace}/{app.secret_name}",
                api_version=ESO_API_VERSION,
                kind="ExternalSecret",
                metadata={
                    "name": app.secret_name,
                    "namespace": app.namespace,
                    "labels": {**PART_OF_HOMELAB, **app.labels},
                },
                fields={"spec": self.specs[app.name]},
                opts=child_options(self, opts, depends_on=[args.namespaces[app.namespace]]),
            )
        self.register_outputs({})


def _spec(app: App, store: Store) -> dict[str, Any]:
    target: dict[str, Any] = {
        "name": app.secret_name,
        "creationPolicy": "Owner",
        # A key that is gone from Infisical must not take the running app's Secret with it.
        "deletionPolicy": "Retain",
    }
    if app.literals:
        target["template"] = {
            "engineVersion": "v2",
            "mergePolicy": "Merge",
            "metadata": {"labels": {**PART_OF_HOMELAB, **app.labels}},
            "data": {key: _verbatim(text) for key, text in app.literals.items()},
        }
    return {
        "refreshInterval": REFRESH_INTERVAL,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
        "target": target,
        "data": [
            {"secretKey": fed, "remoteRef": {"key": _remote_key(key, app, store)}}
            for key in app.keys
            for fed in key.secret_keys
        ],
    }


def _remote_key(key: SecretKey, app: App, store: Store) -> str:
    folder = store.folder(app.name)
    # Without a folder a key is looked for in the store's own path.
    return key.name if folder == store.secrets_path else f"{folder}/{key.name}"


def _verbatim(text: str) -> str:
    """A text as the operator's template language has to have it to give it back unchanged."""
    return text.replace("{{", '{{ "{{" }}')
