"""What the program writes into the ExternalSecret of an app's Secret."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any, Final

from declaration.inventory import AppSecret, SecretKey, StoreKey
from declaration.inventory.durations import NEVER
from declaration.objects import PART_OF_HOMELAB, store_of_folder
from infisical.template.syntax import reference
from infisical.whole_folder import WholeFolder

ESO_API_VERSION: Final = "external-secrets.io/v1"


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
    remote_refs = {
        **{field: _remote_ref(key, key.folder or folder, store_path) for key in secret.keys for field in key.fields},
        **{field: _of_store(key) for key in secret.store_keys for field in key.fields},
    }
    data = [{"secretKey": field, "remoteRef": remote_ref} for field, remote_ref in remote_refs.items()]
    data_from = [*_data_from(secret, store)]
    return {
        "refreshInterval": secret.refresh_interval,
        # With the interval 0s alone, the operator never reads again: neither a new declaration nor a new value.
        **({"refreshPolicy": "OnChange"} if secret.refresh_interval == NEVER else {}),
        **_store_ref(secret, store),
        "target": target,
        **({"data": data} if data else {}),
        **({"dataFrom": data_from} if data_from else {}),
    }


def _store_ref(secret: AppSecret, own: str) -> dict[str, Any]:
    if secret.other_store:
        origin = secret.other_store.origin
        return {"secretStoreRef": {"kind": origin.kind, "name": origin.name}}
    return {"secretStoreRef": {"kind": "ClusterSecretStore", "name": own}} if secret.reads_infisical else {}


def _data_from(secret: AppSecret, store: str) -> Iterator[dict[str, Any]]:
    for folder in secret.folders:
        source = {"storeRef": {"kind": "ClusterSecretStore", "name": store_of_folder(store, folder.path)}}
        found = {"find": {"name": {"regexp": folder.include or ".*"}}, "sourceRef": source}
        yield {**found, **_rewrite(folder)}
    for key in secret.extracts:
        yield {"extract": {"key": key.path}, **_rewrite(key)}
    if secret.generator:
        origin = secret.generator.origin
        reference = {"apiVersion": origin.api_version, "kind": origin.kind, "name": origin.name}
        yield {"sourceRef": {"generatorRef": reference}}


def _rewrite(folder: WholeFolder) -> dict[str, Any]:
    if not folder.source:
        return {}
    return {"rewrite": [{"regexp": {"source": folder.source, "target": folder.target}}]}


def _template(secret: AppSecret) -> dict[str, Any]:
    # Somebody else owns a Secret that is merged into, and its labels.
    labels = {**({} if secret.merges else PART_OF_HOMELAB), **secret.labels}
    # The operator then writes only what a template names.
    replaces = bool(secret.hidden_fields or any(folder.exclude for folder in secret.folders))
    # Without a template, the operator copies the ExternalSecret's labels and annotations to the Secret.
    template: dict[str, Any] = {
        "engineVersion": "v2",
        "mergePolicy": "Replace" if replaces else "Merge",
        "metadata": {"labels": {key: verbatim(text) for key, text in labels.items()}},
    }
    if secret.annotations:
        template["metadata"]["annotations"] = {key: verbatim(text) for key, text in secret.annotations.items()}
    if secret.type:
        template["type"] = secret.type
    data = {key: verbatim(text) for key, text in secret.literals.items()} | dict(secret.templates)
    if replaces:
        shown = (*(name for key in secret.keys for name in key.secret_keys), *secret.from_elsewhere)
        data |= {name: f"{{{{ {reference(name)} }}}}" for name in shown}
    if data:
        template["data"] = data
    if replaces and secret.has_unnamed_keys:
        template["templateFrom"] = [{"target": "Data", "literal": _every_other_key(secret)}]
    return template


def _every_other_key(secret: AppSecret) -> str:
    """A template for the keys of whole folders, as YAML. It leaves out the keys that the declaration names itself."""
    fields = [field for key in secret.keys for field in key.fields]
    fields += [field for key in secret.store_keys for field in key.fields]
    named = " ".join(json.dumps(field) for field in dict.fromkeys((*fields, *secret.from_elsewhere)))
    excluded = " ".join(f"(regexMatch {json.dumps(each.exclude)} $key)" for each in secret.folders if each.exclude)
    unwanted = f"(or (has $key (list {named})) {excluded})"
    pair = "{{ $key | toJson }}: {{ $value | toJson }}\n"
    return f"{{{{ range $key, $value := . }}}}{{{{ if not {unwanted} }}}}{pair}{{{{ end }}}}{{{{ end }}}}"


def _remote_ref(key: SecretKey, folder: str, store_path: str) -> dict[str, str]:
    # The operator looks for a key without a folder in the store's own path.
    return _formed(key.name if folder == store_path else f"{folder.rstrip('/')}/{key.name}", key)


def _of_store(key: StoreKey) -> dict[str, str]:
    return _formed(key.remote, key)


def _formed(remote: str, key: SecretKey | StoreKey) -> dict[str, str]:
    found = {"key": remote}
    if key.json_property:
        found["property"] = key.json_property
    if key.decoding != "None":
        found["decodingStrategy"] = key.decoding
    return found


def verbatim(text: str) -> str:
    """A string escaped for the operator's template language."""
    return text.replace("{{", '{{ "{{" }}')
