"""What the Secrets of the declaration must hold."""

from __future__ import annotations

from dataclasses import replace

from declaration import AppSecret, Homelab, KeyId, fix_for, key_id
from declaration.inventory import Generator, OtherStore
from infisical.api.folders import Location
from infisical.contents.expected import ExpectedSecret, Source


def expected_of(secret: AppSecret, homelab: Homelab[None], project_id: str) -> ExpectedSecret:
    """:param project_id: of the store's project in Infisical"""
    store = homelab.store
    fields = {name: key for key in secret.keys for name in key.fields}

    def location(folder: str) -> Location:
        return Location(project_id, store.environment_slug, folder)

    def source(identity: KeyId) -> Source:
        return Source(location(identity[0]), identity[1])

    without_value = secret.keys_without_value(homelab.values, store.folder(secret.app))
    optional = dict.fromkeys(key_id(store, secret.app, key) for key in without_value)
    expected = ExpectedSecret(
        namespace=secret.namespace,
        name=secret.external_secret_name,
        secret_name=secret.name,
        sources={name: source(key_id(store, secret.app, key)) for name, key in fields.items()},
        literals=secret.literals,
        templates=secret.templates,
        whole_folders={location(folder.path): folder for folder in secret.folders},
        hidden=frozenset(secret.hidden_fields),
        properties={name: key.json_property for name, key in fields.items() if key.json_property},
        decodings={name: key.decoding for name, key in fields.items() if key.decoding != "None"},
        uncompared=frozenset(secret.from_elsewhere),
        more_keys=bool(secret.extracts),
        other_store=_in_words(secret, secret.other_store),
        generator=_in_words(secret, secret.generator),
        seeded=homelab.infisical.managed is not None,
    )
    keys = homelab.keys.by_id
    names = {identity: expected.name_of(source(identity)) for identity in optional}
    remedies = {name: fix_for(keys[identity]) for identity, name in names.items() if fix_for(keys[identity])}
    return replace(expected, optional=frozenset(names.values()), remedies=remedies)


def _in_words(secret: AppSecret, origin: OtherStore | Generator | None) -> str:
    return f"{origin.origin.kind} {origin.origin.place(secret.namespace)}" if origin else ""
