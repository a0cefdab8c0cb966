"""The delivery checks: each app's Secret holds what Infisical holds."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
from collections.abc import Collection, Mapping

import pulumi

import infisical
from components.base.children import after, child_options
from components.config import Config
from components.delivery.app_secrets import AppSecrets
from components.managed.managed_infisical import ManagedInfisical
from declaration import AppSecret, Key, KeyId, Store, fix_for, key_id
from declaration.inventory import Generator, OtherStore
from infisical.whole_folder import as_text


class Deliveries(pulumi.ComponentResource):
    """
    Fails the update if an app's Secret does not hold what was declared, with the app, the key and the reason.

    Restarts an app's workloads after a rotation, once all its delivery checks have passed. A key whose value only
    the owner can set may be missing.

    The component waits for all ExternalSecrets, so that one app's failure stops no other delivery. Each check depends
    only on its own: a dependency on all of them would be in the state of each.
    """

    missing: pulumi.Output[list[str]]
    """The labels of the keys in Infisical that have no value yet."""

    def __init__(
        self,
        name: str,
        *,
        config: Config,
        secrets: AppSecrets,
        managed: ManagedInfisical,
    ) -> None:
        super().__init__("homelab:secrets:Deliveries", name, None, after(secrets))
        missing: list[pulumi.Output[list[str]]] = []
        for app in config.delivered_apps:
            checks = [self._checked(secret, config, secrets, managed, missing) for secret in app.secrets]
            if app.restarts:
                infisical.Restart(
                    app.name,
                    infisical.RestartArgs(
                        namespace=app.namespace,
                        workloads=app.restarts,
                        triggers=_triggers(app.secrets, config.store, managed.values.triggers),
                        timeout_seconds=managed.restart_seconds,
                    ),
                    child_options(self, None, provider=managed.connection, depends_on=checks),
                )
        self.missing = pulumi.Output.all(*missing).apply(lambda lists: sorted({key for keys in lists for key in keys}))
        self.register_outputs({})

    def _checked(
        self,
        secret: AppSecret,
        config: Config,
        secrets: AppSecrets,
        managed: ManagedInfisical,
        missing: list[pulumi.Output[list[str]]],
    ) -> pulumi.Resource:
        """:param missing: receives the labels of the keys without a value"""
        store, keys = config.store, config.keys
        read = {key_id(store, secret.app, key): keys.by_id[key_id(store, secret.app, key)] for key in secret.keys}
        names = _names(read)
        without_value = secret.keys_without_value(config.values, store.folder(secret.app))
        optional = list(
            {each: read[each] for key in without_value if (each := key_id(store, secret.app, key))}.values()
        )
        fields = {name: key for key in secret.keys for name in key.fields}
        delivery = infisical.Delivery(
            secret.place,
            infisical.DeliveryArgs(
                namespace=secret.namespace,
                name=secret.external_secret_name,
                secret_name=secret.name if secret.external_secret else None,
                project_id=managed.project_id,
                environment=store.environment_slug,
                keys={
                    name: {"name": key.name, "path": key.folder or store.folder(secret.app)}
                    for name, key in fields.items()
                },
                literals=secret.literals,
                templates=secret.templates or None,
                whole_folders=[as_text(folder) for folder in secret.folders] or None,
                hidden_keys=secret.hidden_fields or None,
                properties={name: key.json_property for name, key in fields.items() if key.json_property} or None,
                decodings={name: key.decoding for name, key in fields.items() if key.decoding != "None"} or None,
                uncompared_keys=list(secret.from_elsewhere) or None,
                more_keys=bool(secret.extracts) or None,
                other_store=_in_words(secret, secret.other_store),
                generator=_in_words(secret, secret.generator),
                optional_keys=[names[key.id] for key in optional],
                remedies={names[key.id]: fix_for(key) for key in optional if fix_for(key)},
                readable_paths=managed.readable_paths,
                seeded=True,
                declared=_fingerprint(secrets.specs[secret.place], dataclasses.asdict(store)),
                triggers=_triggers((secret,), store, managed.values.triggers),
                credentials_trigger=managed.client_secret_id if secret.reads_infisical else None,
                timeout_seconds=managed.delivery_seconds,
            ),
            child_options(self, None, provider=managed.connection, depends_on=[secrets[secret.place]]),
        )
        labels = {names[key.id]: key.label for key in read.values()}
        missing.append(delivery.missing.apply(functools.partial(_labelled, labels)))
        return delivery


def _in_words(secret: AppSecret, origin: OtherStore | Generator | None) -> str | None:
    return f"{origin.origin.kind} {origin.origin.place(secret.namespace)}" if origin else None


def _names(keys: Mapping[KeyId, Key]) -> dict[KeyId, str]:
    """The name of each key in one Secret: its own, or its address if two of them have the same name."""
    own = [key.name for key in keys.values()]
    return {identity: key.name if own.count(key.name) == 1 else key.address for identity, key in keys.items()}


def _triggers(
    secrets: Collection[AppSecret], store: Store, triggers: Mapping[KeyId, pulumi.Output[str]]
) -> dict[str, pulumi.Output[str]]:
    """By name, the trigger of each key of these Secrets that can be rotated."""
    read = dict.fromkeys(key_id(store, secret.app, key) for secret in secrets for key in secret.keys)
    if whole := {folder.path for secret in secrets for folder in secret.folders}:
        read |= dict.fromkeys(key for key in triggers if key[0] in whole)
    own = [name for _, name in read]
    return {
        name if own.count(name) == 1 else f"{folder.rstrip('/')}/{name}": triggers[folder, name]
        for folder, name in read
        if (folder, name) in triggers
    }


def _labelled(labels: Mapping[str, str], names: list[str]) -> list[str]:
    return [labels[name] for name in names]


def _fingerprint(*declared: object) -> str:
    """A string that changes with the declaration."""
    return hashlib.sha256(json.dumps(declared, sort_keys=True).encode()).hexdigest()
