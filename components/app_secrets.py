"""The apps' ExternalSecrets: which keys of Infisical become which keys of an app's Secret."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from components.children import child_options
from components.config import Config
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB, of_this_stack
from components.namespaces import Namespaces
from components.secret_store import ESO_API_VERSION, InfisicalStore
from components.seeded_values import SeededValues
from declaration import AppSecret, SecretKey, key_id
from declaration.objects import store_of_folder
from infisical.template.syntax import reference
from infisical.whole_folder import WholeFolder


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
            stores = [eso.folders[folder.path] for folder in secret.folders]
            seeds = [values.resources[key] for key in read] if values else []
            self.specs[secret.place] = fields
            self._by_place[secret.place] = KubernetesObject(
                # Joined by '/': joined by '-', two apps could have the same name.
                secret.place,
                api_version=ESO_API_VERSION,
                kind="ExternalSecret",
                metadata={
                    "name": secret.name,
                    "namespace": secret.namespace,
                    # Not the app's labels: Argo CD adopts and prunes what has `app.kubernetes.io/instance`.
                    "labels": PART_OF_HOMELAB,
                    "annotations": {**of_this_stack(), **({"pulumi.com/patchForce": "true"} if secret.adopt else {})},
                },
                fields={"spec": fields},
                opts=child_options(
                    self, opts, depends_on=[namespaces[secret.namespace], eso.resource, *stores, *seeds]
                ),
            )
        self.register_outputs({})

    def __getitem__(self, place: str) -> pulumi.Resource:
        """The ExternalSecret `namespace/name`, to depend on it."""
        return self._by_place[place]


def spec(secret: AppSecret, folder: str, store_path: str, store: str) -> dict[str, Any]:
    """:param folder: that of the app's keys"""
    target: dict[str, Any] = {
        "name": secret.name,
        "creationPolicy": secret.creation_policy,
        # A key that was deleted in Infisical must not delete the running app's Secret.
        "deletionPolicy": "Retain",
        "template": _template(secret),
    }
    if secret.immutable:
        target["immutable"] = True
    data = [
        {"secretKey": field, "remoteRef": _remote_ref(key, key.folder or folder, store_path)}
        for key in secret.keys
        for field in key.fields
    ]
    return {
        "refreshInterval": secret.refresh_interval,
        "secretStoreRef": {"kind": "ClusterSecretStore", "name": store},
        "target": target,
        **({"data": data} if data else {}),
        **({"dataFrom": [_data_from(each, store) for each in secret.folders]} if secret.folders else {}),
    }


def _data_from(folder: WholeFolder, store: str) -> dict[str, Any]:
    found: dict[str, Any] = {
        "find": {"name": {"regexp": folder.include or ".*"}},
        "sourceRef": {"storeRef": {"kind": "ClusterSecretStore", "name": store_of_folder(store, folder.path)}},
    }
    if folder.source:
        found["rewrite"] = [{"regexp": {"source": folder.source, "target": folder.target}}]
    return found


def _template(secret: AppSecret) -> dict[str, Any]:
    # Somebody else owns a Secret that is merged into, and its labels.
    labels = {**({} if secret.creation_policy == "Merge" else PART_OF_HOMELAB), **secret.labels}
    # The operator then writes only what a template names.
    replaces = bool(secret.hidden_fields or any(folder.exclude for folder in secret.folders))
    # Without a template, the operator copies the ExternalSecret's labels and annotations to the Secret.
    template: dict[str, Any] = {
        "engineVersion": "v2",
        "mergePolicy": "Replace" if replaces else "Merge",
        "metadata": {"labels": {key: _verbatim(text) for key, text in labels.items()}},
    }
    if secret.annotations:
        template["metadata"]["annotations"] = {key: _verbatim(text) for key, text in secret.annotations.items()}
    if secret.type:
        template["type"] = secret.type
    data = {key: _verbatim(text) for key, text in secret.literals.items()} | dict(secret.templates)
    if replaces:
        shown = (name for key in secret.keys for name in key.secret_keys)
        data |= {name: f"{{{{ {reference(name)} }}}}" for name in shown}
    if data:
        template["data"] = data
    if replaces and secret.folders:
        template["templateFrom"] = [{"target": "Data", "literal": _every_other_key(secret)}]
    return template


def _every_other_key(secret: AppSecret) -> str:
    """A template for the keys of whole folders, as YAML. It leaves out the keys that the declaration names itself."""
    named = " ".join(json.dumps(field) for key in secret.keys for field in key.fields)
    excluded = " ".join(f"(regexMatch {json.dumps(each.exclude)} $key)" for each in secret.folders if each.exclude)
    unwanted = f"(or (has $key (list {named})) {excluded})"
    pair = "{{ $key | toJson }}: {{ $value | toJson }}\n"
    return f"{{{{ range $key, $value := . }}}}{{{{ if not {unwanted} }}}}{pair}{{{{ end }}}}{{{{ end }}}}"


def _remote_ref(key: SecretKey, folder: str, store_path: str) -> dict[str, str]:
    # The operator looks for a key without a folder in the store's own path.
    found = {"key": key.name if folder == store_path else f"{folder.rstrip('/')}/{key.name}"}
    if key.json_property:
        found["property"] = key.json_property
    if key.decoding != "None":
        found["decodingStrategy"] = key.decoding
    return found


def _verbatim(text: str) -> str:
    """A string escaped for the operator's template language."""
    return text.replace("{{", '{{ "{{" }}')
