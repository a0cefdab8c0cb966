"""The values of keys in Infisical: seeded once, changed only by a rotation."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from typing import Final

import pulumi

import infisical
from components.base.children import child_options
from components.base.labels import this_stack
from components.base.random_values import RSA, random_value
from components.managed.infisical_server import InfisicalServer
from components.managed.shapes import checked_shape
from declaration import (
    AppSecret,
    Generate,
    Key,
    KeyId,
    Keys,
    Rotations,
    SecretKey,
    Store,
    fix_for,
    key_id,
    rotate_command,
)

LISTED_APPS: Final = 10
"""In a comment."""


class SeededValues(pulumi.ComponentResource):
    """
    Seeds every key: with the value that an app's Secret holds, or else with its first value.

    From then on Infisical owns the value: an existing value is adopted, and one that was changed in Infisical stays.
    Only a rotation overwrites it: a new trigger, or a new value in the stack config. A key without a value is left for
    the owner to set.

    :param given: the values of the stack config; each takes precedence over a generated one
    :param restored: the triggers that seed a missing value again, although an app may still hold a different value
    :param checked: comes before anything is generated: a renamed key must not get a value of its own
    """

    resources: Mapping[KeyId, pulumi.Resource]
    """By key, its secret in Infisical, to depend on it."""
    triggers: Mapping[KeyId, pulumi.Output[str]]
    """By key, a string that changes with each rotation; empty before the first."""
    changed_on: Mapping[KeyId, pulumi.Output[str]]
    """By key, the day of its value, YYYY-MM-DD."""

    def __init__(
        self,
        name: str,
        *,
        server: InfisicalServer,
        store: Store,
        keys: Keys,
        given: Mapping[KeyId, pulumi.Output[str]],
        rotations: Rotations,
        restored: Mapping[KeyId, str],
        checked: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:SeededValues", name, None, opts)
        secrets: dict[KeyId, infisical.Secret] = {}
        rotated: dict[KeyId, infisical.Secret] = {}
        commands: dict[tuple[str, str], infisical.Secret] = {}
        self._checked = checked
        for key in keys.all:
            declared = key.declared
            # A key without a value has a resource too: it may be in use by an app, and Infisical may lose it.
            value = self._value(key, given.get(key.id), rotations, server.connection)
            # Two keys of one name may have the same `changeCommand`, which must not run twice at the same time.
            command = (key.name, declared.change_command)
            before = [commands[command]] if declared.change_command and command in commands else [self._checked]
            folder = server.folders[key.folder]
            commands[command] = secrets[key.id] = infisical.Secret(
                key.resource,
                infisical.SecretArgs(
                    project_id=server.project_id,
                    environment=store.environment_slug,
                    path=key.folder,
                    name=key.name,
                    value=value,
                    trigger=rotations.trigger(key.id),
                    on_new_value=_on_new_value(key, given),
                    change_command=declared.change_command or None,
                    command_seconds=server.command_seconds if declared.change_command else None,
                    delivered_with=_delivered_with(key, keys, given, store) or None,
                    delivered_to=_delivered_to(key, store),
                    other_folders=_other_folders(key, keys) or None,
                    restore_trigger=restored.get(key.id, ""),
                    rotate_with=None if declared.immutable else rotate_command(key.label),
                    comment=_comment(key),
                ),
                child_options(
                    self, opts, provider=server.connection, depends_on=[*before, folder], aliases=_aliases(key)
                ),
            )
            if value is not None:
                rotated[key.id] = secrets[key.id]
        self.resources = secrets
        self.triggers = {key: secret.delivery_trigger for key, secret in rotated.items()}
        self.changed_on = {key: secret.changed_on for key, secret in rotated.items()}
        self.register_outputs({})

    def _value(
        self, key: Key, given: pulumi.Output[str] | None, rotations: Rotations, connection: infisical.Provider
    ) -> pulumi.Output[str] | None:
        declared = key.declared
        if not isinstance(declared.source, Generate):
            return given
        # Generated even if the config has a value: adding or removing that must not delete this one.
        trigger = "" if declared.immutable else rotations.trigger(key.id)
        child = child_options(self, None, protect=declared.immutable, aliases=_aliases(key), depends_on=[self._checked])
        generated = random_value(key.resource, declared.source, child, trigger)
        if declared.source.kind == RSA:
            options = child_options(self, None, provider=connection, aliases=_aliases(key))
            wanted = infisical.RsaKeyPairArgs(trigger=generated.resource.result, bits=generated.bits)
            generated = replace(generated, pair=infisical.RsaKeyPair(key.resource, wanted, options).pair)
        return given or checked_shape(key.label, declared.source, declared.immutable, generated)


def _aliases(key: Key) -> list[str | pulumi.Alias]:
    """The names before a rename, or a change of `folderPerApp`: the resources, and so the values, stay the same."""
    return [pulumi.Alias(name=name) for name in key.earlier]


def _comment(key: Key) -> str:
    """What a person who opens the secret in Infisical must know."""
    names = [app.name for app in key.apps]
    apps = ", ".join(names[:LISTED_APPS]) + f" and {len(names) - LISTED_APPS} more" * (len(names) > LISTED_APPS)
    readers = "No app reads it any more." if key.retired else f"Apps: {apps}."
    warning = " Immutable: do not change it." if key.declared.immutable else ""
    return f"Managed by the Pulumi stack {this_stack()}. {readers}{warning}"


def _delivered_to(key: Key, store: Store) -> dict[str, str]:
    """
    The keys of the apps' Secrets that hold the value. Before a rename has arrived there, it has the earlier name.

    Without those that hold a part of the value, or a composed one: the value cannot be taken from there.
    """
    return {
        f"{secret.place}/{secret_key}": app.name
        for app in key.apps
        for secret in app.secrets
        for declared in secret.keys
        if declared.is_whole and key_id(store, app.name, declared) == key.id
        for secret_key in (*declared.secret_keys, *_earlier_secret_key(declared, secret))
    }


def _earlier_secret_key(declared: SecretKey, secret: AppSecret) -> list[str]:
    earlier = declared.renamed_from
    is_default = declared.secret_keys == (declared.declared_as,)
    return [earlier] if earlier and earlier not in secret.written and is_default else []


def _other_folders(key: Key, keys: Keys) -> list[str]:
    """Where a different key has the same name: an immutable value is not compared with that one."""
    return [other.folder for other in keys.find(key.name) if other.id != key.id] if key.declared.immutable else []


def _delivered_with(key: Key, keys: Keys, given: Collection[KeyId], store: Store) -> dict[str, str]:
    """How each other key of a Secret with this one, that has no value, gets one, by address. All Secrets count."""
    others = (
        keys.by_id[key_id(store, app.name, other)]
        for app in key.apps
        for secret in app.secrets
        if any(key_id(store, app.name, declared) == key.id for declared in secret.delivered_keys)
        for other in secret.keys_without_value(given, store.folder(app.name))
    )
    return {other.address: fix_for(other) for other in others if other.id != key.id}


def _on_new_value(key: Key, given: Collection[KeyId]) -> str:
    if key.declared.immutable:
        return "refuse" if key.id in given else "hold"
    return "set" if key.id in given else "keep"
