"""The ExternalSecrets of the cluster: equal to those of the program, different from them, or not declared yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from declaration import PROJECT, Homelab
from declaration.config_keys import APPS
from declaration.objects import STACK
from operations.adopt.adoption import Adopted, Adoption, rendered, would_be_stores
from operations.adopt.content.meaning import meaning_of
from operations.adopt.content.stores import Site, found_stores, host
from operations.adopt.objects import Inputs, entries, mapping
from operations.adopt.terraform.settings import with_adopt
from operations.adopt.writing.changes import Change, plan
from operations.adopt.writing.declared import Declared, read_declared


def declared_with_adopt(
    declared: Declared, existing: Mapping[tuple[str, str], Mapping[str, Any]]
) -> tuple[Declared, dict[Path, str]]:
    """The declaration with `adopt: true` for each Secret whose ExternalSecret others made."""
    texts: dict[Path, str] = {declared.file: declared.text or ""}
    for app in declared.apps:
        for secret in app.delivered_secrets:
            if secret.adopt or not _is_of_others(existing.get((secret.namespace, secret.external_secret_name))):
                continue
            inside = () if secret.is_short else ("secrets", secret.name)
            if app.name in mapping(declared.config.get(f"{PROJECT}:{APPS}")):
                file, path = declared.file, ("config", f"{PROJECT}:{APPS}", app.name, *inside)
            else:
                file, path = declared.project / declared.folder / f"{app.name}.yaml", inside
            texts[file] = with_adopt(texts.get(file) or file.read_text(encoding="utf-8"), path)
    return read_declared(declared.project, declared.stack, texts[declared.file]), texts


def _is_of_others(content: Mapping[str, Any] | None) -> bool:
    metadata = mapping((content or {}).get("metadata"))
    return bool(metadata) and STACK not in mapping(metadata.get("annotations"))


def equal_places(declared: Declared, inputs: Inputs) -> set[tuple[str, str]]:
    """The declared ExternalSecrets of the cluster that make the same Secret as the program's."""
    store = declared.store
    if store is None:
        return set()
    is_managed = declared.is_managed
    stores = found_stores(inputs.stores, store, declared.addresses)
    site = Site(host(store.host_api), store.project_slug, store.environment_slug)
    would_be = would_be_stores(store, site, declared.apps, managed=is_managed)
    by_place = {(each.namespace, each.name): each.content for each in inputs.external_secrets}
    equal = set()
    for secret in (secret for app in declared.apps for secret in app.delivered_secrets if not secret.other_store):
        place = (secret.namespace, secret.external_secret_name)
        if place in by_place:
            was = meaning_of(by_place[place], secret.namespace, stores)
            then = meaning_of(rendered(secret, store, managed=is_managed), secret.namespace, would_be)
            if was.flat() == then.flat() and not was.refused and not was.other:
                equal.add(place)
    return equal


def adopted_apps(declared: Declared, inputs: Inputs) -> tuple[list[Adopted], list[Change], dict[str, Any]]:
    """The ExternalSecrets of the cluster that are not declared yet, as apps."""
    inventory = dict(declared.inventory)
    if declared.store is None or not inputs.external_secrets:
        return [], [], inventory
    stores = found_stores(inputs.stores, declared.store, declared.addresses)
    adoption = Adoption(declared, declared.store, stores, inputs.external_secrets, with_differences=False)
    changes = plan(declared, adoption.apps, None, to=None, inline=False)
    return adoption.results, changes, {**inventory, **adoption.apps}


def add_adopt(
    inventory: dict[str, Any], existing: Mapping[tuple[str, str], Mapping[str, Any]], declared: Declared
) -> None:
    """Adds `adopt: true` to apps in files, which are not written yet."""
    for app in declared.apps:
        for secret in app.delivered_secrets:
            if not secret.adopt and _is_of_others(existing.get((secret.namespace, secret.external_secret_name))):
                fields = dict(inventory[app.name])
                if secret.is_short:
                    fields["adopt"] = True
                else:
                    of_secret = {**mapping(fields["secrets"])[secret.name], "adopt": True}
                    fields["secrets"] = {**fields["secrets"], secret.name: of_secret}
                inventory[app.name] = fields


def undeclared(external_secrets: Sequence[Mapping[str, Any]], homelab: Homelab[Any]) -> list[str]:
    """
    ExternalSecrets that are not declared, and that the store no longer serves after the update.

    It serves only the namespaces of apps. If the program sets Infisical up, it reads a folder without keys, so that
    only keys with their whole path are found.
    """
    served = {secret.namespace for secret in homelab.delivered_secrets}
    declared = {secret.external_secret_place for secret in homelab.delivered_secrets}
    found = []
    for each in external_secrets:
        metadata, spec = mapping(each.get("metadata")), mapping(each.get("spec"))
        store = mapping(spec.get("secretStoreRef"))
        place = f"{metadata.get('namespace')}/{metadata.get('name')}"
        uses = store.get("kind") == "ClusterSecretStore" and store.get("name") == homelab.store.name
        fails = metadata.get("namespace") not in served or (homelab.infisical.managed and _has_relative_keys(spec))
        if uses and place not in declared and fails:
            found.append(place)
    return sorted(found)


def _has_relative_keys(spec: Mapping[str, Any]) -> bool:
    keys = [mapping(mapping(each).get("remoteRef")).get("key") for each in entries(spec.get("data"))]
    return bool(spec.get("dataFrom")) or any(not str(key).startswith("/") for key in keys)
