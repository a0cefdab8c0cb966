"""One app's ExternalSecret: which keys of Infisical become which keys of the app's Secret."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from components.children import child_options
from components.inventory import App
from components.labels import PART_OF_HOMELAB
from components.secret_store import ESO_API_VERSION, STORE

REFRESH_INTERVAL = "1h0m0s"
"""Each hour, in the form that the operator would rewrite it to: `1h` would end in a conflict over the field."""


@dataclass(frozen=True)
class AppSecretsArgs:
    """The app to deliver to."""

    app: App


class AppSecrets(pulumi.ComponentResource):
    """The app's ExternalSecret; the operator makes the Secret of the same name from it and owns it."""

    def __init__(self, name: str, args: AppSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:AppSecrets", name, None, opts)
        app = args.app
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
        kubernetes.apiextensions.CustomResource(
            # As Kubernetes names it: joined by '-', two apps' names could be one.
            f"{app.namespace}/{app.secret_name}",
            api_version=ESO_API_VERSION,
            kind="ExternalSecret",
            metadata={
                "name": app.secret_name,
                "namespace": app.namespace,
                "labels": {**PART_OF_HOMELAB, **app.labels},
            },
            spec={
                "refreshInterval": REFRESH_INTERVAL,
                "secretStoreRef": {"kind": "ClusterSecretStore", "name": STORE},
                "target": target,
                "data": [{"secretKey": fed, "remoteRef": {"key": key.name}} for key in app.keys for fed in key.feeds],
            },
            opts=child_options(self, opts),
        )
        self.register_outputs({"secret": f"{app.namespace}/{app.secret_name}"})


def _verbatim(text: str) -> str:
    """A text as the operator's template language has to have it to give it back unchanged."""
    return text.replace("{{", '{{ "{{" }}')
