"""Where the keys of a Secret come from, as the declaration says it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from declaration import AppSecret, FromConfig, Generate, Homelab, SecretKey, key_id
from declaration.inventory.sources import SIZES
from declaration.objects import store_of_folder
from infisical.template.syntax import fields_of
from infisical.whole_folder import WholeFolder
from operations.report.content import Origin, Source


def declared_origins(secret: AppSecret, homelab: Homelab[None]) -> dict[str, Origin]:
    """By key of the Secret, or by the name by which only templates read a value; in the order of the declaration."""
    found: dict[str, Origin] = {}
    for key in secret.keys:
        found |= dict.fromkeys(key.fields, _of_key(secret, key, homelab))
    for store_key in secret.store_keys:
        remote = f"{store_key.remote}#{store_key.json_property}" if store_key.json_property else store_key.remote
        found |= dict.fromkeys(store_key.fields, Origin(Source.STORE, store_of(secret, homelab), remote))
    if secret.generator:
        origin = secret.generator.origin
        made = Origin(Source.GENERATOR, f"{origin.kind} {origin.place(secret.namespace)}")
        found |= dict.fromkeys(secret.generator.secret_keys, made)
    for name, text in secret.templates.items():
        fields = ", ".join(sorted(fields_of(text)))
        found[name] = Origin(Source.TEMPLATE, f"composed of {fields}" if fields else "without a field")
    found |= dict.fromkeys(secret.literals, Origin(Source.LITERAL, "not secret"))
    return found


def unnamed_origins(secret: AppSecret, homelab: Homelab[None], names: Iterable[str]) -> dict[str, Origin]:
    """The origins of keys whose names the declaration does not have."""
    if secret.extracts:
        places = ", ".join(folder.path for folder in secret.extracts)
        return dict.fromkeys(names, Origin(Source.STORE, store_of(secret, homelab), f"{places} (all properties)"))
    return {name: _of_folder(name, secret.folders) for name in names}


def store_of(secret: AppSecret, homelab: Homelab[None]) -> str:
    """What its ExternalSecret reads."""
    found = [f"{origin.kind} {origin.place(secret.namespace)}" for _, origin in secret.origins]
    name = homelab.store.name
    folders = [store_of_folder(name, folder.path) for folder in secret.folders]
    found[:0] = [f"ClusterSecretStore {each}" for each in ([name] * bool(secret.keys) + folders)]
    return ", ".join(found) or "no store"


def _of_key(secret: AppSecret, key: SecretKey, homelab: Homelab[None]) -> Origin:
    identity = key_id(homelab.store, secret.app, key)
    known = homelab.keys.by_id[identity]
    source, detail = _described(key, homelab.values, identity)
    parts = [detail, f"property {key.json_property}"] if key.json_property else [detail]
    if key.decoding != "None":
        parts.append(f"decoded from {key.decoding}")
    if key.immutable:
        parts.append("immutable")
    return Origin(
        source,
        ", ".join(filter(None, parts)),
        known.address,
        known.label,
        tuple(app.name for app in known.apps if app.name != secret.app),
    )


def _described(key: SecretKey, values: Mapping[tuple[str, str], None], identity: tuple[str, str]) -> tuple[Source, str]:
    match key.source:
        case Generate(kind=kind, size=size):
            unit = SIZES[kind][2].partition(";")[0].partition(":")[0]
            detail = f"{kind}, {size} {unit}"
            return Source.GENERATED, f"{detail}, replaced in homelab:values" if identity in values else detail
        case FromConfig():
            return Source.CONFIG, "in homelab:values" if identity in values else "not in homelab:values"
        case _:
            return Source.MANUAL, "first value in homelab:values" if identity in values else ""


def _of_folder(name: str, folders: Iterable[WholeFolder]) -> Origin:
    """Several folders may have the name: then the last one counts."""
    listed = list(folders)
    places = ", ".join(folder.path for folder in listed)
    return Origin(
        Source.FOLDER, "every key of the folder", f"{places.rstrip('/')}/{name}" if len(listed) == 1 else places
    )
