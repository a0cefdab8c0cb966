"""Reads a Secret of an app: `homelab:apps.APP` in the short form, or `homelab:apps.APP.secrets.SECRET`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, cast

from declaration.inventory.app_secrets import CREATION_POLICIES, AppSecret, CreationPolicy
from declaration.inventory.composed import parse_composed
from declaration.inventory.durations import NEVER, canonical, duration, shown_duration
from declaration.inventory.origins import (
    OtherStore,
    StoreKey,
    parse_generator,
    parse_store_keys,
    parse_store_reference,
)
from declaration.inventory.password_hash import FIELD, check_password_hash
from declaration.inventory.secret_keys import SecretKey, folder_of_keys, parse_keys
from declaration.inventory.secret_rules import DEMANDED, check_secret
from declaration.inventory.whole_folders import parse_whole_folders
from declaration.kubernetes_names import data_key, label_key, label_value, subdomain_name
from declaration.problems import shown
from declaration.section import Section

OF_OTHERS: Final = ("kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token")

SECRET_FIELDS: Final = (
    *("store", "keys", "dataFrom", "generator", "literals", "template", "dockerConfig", "connectionString"),
    *("passwordHash", "labels", "annotations", "type", "refreshInterval", "creationPolicy", "immutable", "adopt"),
    "externalSecret",
)
"""The fields of a Secret that an app has too, in the short form."""


def parse_secret(
    section: Section,
    app: str,
    namespace: str,
    name: str,
    path: str,
    shared: Mapping[str, SecretKey],
    own_store: str,
) -> AppSecret:
    """
    Read the fields of a Secret, except for its name and namespace.

    :param section: the Secret's own, or the app's in the short form
    :param path: below `homelab:apps`
    :param own_store: the name of this program's store
    """
    labels = section.strings_by_name("labels", label_key, label_value, "app.kubernetes.io/name: web")
    annotations = section.strings_by_name("annotations", label_key, _any_text, 'reloader.stakater.com/match: "true"')
    store = parse_store_reference(section, own_store)
    folders = parse_whole_folders(section, str(store or ""))
    generator = parse_generator(section)
    keys: tuple[SecretKey, ...] = ()
    store_keys: tuple[StoreKey, ...] = ()
    folder = parse_folder(section)
    if (folders or generator) and "keys" not in section.fields:
        section.skip("keys")
    elif store:
        store_keys = parse_store_keys(section, store)
    else:
        keys = parse_keys(section, folder, shared)
    if store and generator and not (folders or store_keys):
        found = "a value, although the Secret has no key of a store"
        section.problem("store", found, "no value: the keys come from the generator", "remove `store`, or add `keys`")
    literals = section.strings_by_name("literals", data_key, _any_text, "admin-user: admin")
    from_elsewhere = {
        *(name for key in store_keys for name in key.fields),
        *(generator.secret_keys if generator else ()),
    }
    composed = parse_composed(section, None if folders else _fields(keys) | from_elsewhere, _fields(keys))
    interval = NEVER if FIELD in section.fields else "1h"
    secret = AppSecret(
        app=app,
        namespace=namespace,
        name=name,
        keys=keys,
        literals=literals,
        labels=labels,
        annotations=annotations,
        templates=composed.templates,
        folders=() if store else folders,
        type=_parse_type(section) or composed.type,
        refresh_interval=canonical(
            section.string("refreshInterval", default=interval, check=duration, example="5m", show=shown_duration)
        ),
        creation_policy=cast(
            CreationPolicy, section.choice("creationPolicy", CREATION_POLICIES, default="Owner") or "Owner"
        ),
        immutable=section.boolean("immutable", default=False),
        adopt=section.boolean("adopt", default=False),
        external_secret=_parse_external_secret(section),
        path=path,
        # A Secret without a key would not become ready.
        retired=bool(keys) and not folders and not generator and all(key.retired for key in keys),
        other_store=OtherStore(store, store_keys, folders) if store else None,
        generator=generator,
    )
    check_secret(section, secret)
    check_password_hash(section, keys, secret.refresh_interval, generator=generator is not None)
    return secret


def parse_folder(section: Section) -> str:
    """`folder`: that of every key that names none; empty if it is absent."""
    if "folder" not in section.fields:
        section.skip("folder")
        return ""
    return section.string("folder", check=folder_of_keys, example="/shared/smtp")


def _parse_external_secret(section: Section) -> str:
    section.skip("externalSecret")
    if "externalSecret" not in section.fields:
        return ""
    return section.string("externalSecret", check=subdomain_name, example="web")


def _parse_type(section: Section) -> str:
    found = section.optional_string("type", example="kubernetes.io/tls")
    if found and (label_key(found) or found in OF_OTHERS):
        expected = f"a type of Secret, such as Opaque, {', '.join(DEMANDED)}"
        section.problem("type", shown(found), expected, "write, for example, `type: kubernetes.io/tls`")
    return found


def _fields(keys: tuple[SecretKey, ...]) -> frozenset[str]:
    return frozenset(name for key in keys if not key.retired for name in key.fields)


def _any_text(_: str) -> None:
    return None
