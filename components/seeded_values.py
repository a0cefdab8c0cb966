"""The values of keys in Infisical: seeded once, changed only by a rotation."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import pulumi

import infisical
from components.children import child_options
from components.infisical_server import InfisicalServer
from components.random_values import random_value
from declaration import App, Generate, Rotations, SecretKey, Store, fix_for, rotate_command


class SeededValues(pulumi.ComponentResource):
    """
    Seeds every key that has a first value.

    From then on Infisical owns the value: an existing value is adopted, and one that was changed in Infisical stays.
    Only a rotation overwrites it: a new trigger, or a new value in the stack config. A key without a value is left for
    the owner to set.

    :param given: the values of the stack config by key; each takes precedence over a generated one
    """

    triggers: Mapping[tuple[str, str], pulumi.Output[str]]
    """By folder and key, a string that changes with each rotation; empty before the first."""
    changed_on: Mapping[str, pulumi.Output[str]]
    """By key, the day of its value, YYYY-MM-DD."""

    def __init__(
        self,
        name: str,
        *,
        server: InfisicalServer,
        store: Store,
        apps: tuple[App, ...],
        given: Mapping[str, pulumi.Output[str]],
        rotations: Rotations,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:SeededValues", name, None, opts)
        keys = {key.name: key for app in apps for key in app.keys}
        # One value for each key in all its folders: apps that share a key agree, and moving a key keeps its value.
        values = {name: self._value(key, given.get(name), rotations) for name, key in keys.items()}
        places = {(store.folder(app.name), key.name): key for app in apps for key in app.keys}
        readers: dict[str, list[App]] = {}
        for app in apps:
            for key in app.keys:
                readers.setdefault(key.name, []).append(app)
        secrets: dict[tuple[str, str], infisical.Secret] = {}
        last: dict[str, infisical.Secret] = {}
        for (folder, _), key in places.items():
            value = values[key.name]
            if value is None:
                continue
            # `changeCommand` is the same in all folders of a key, and must not run twice at the same time.
            before = [last[key.name]] if key.name in last else []
            last[key.name] = secrets[folder, key.name] = infisical.Secret(
                _address(folder, key),
                infisical.SecretArgs(
                    project_id=server.project_id,
                    environment=store.environment_slug,
                    path=folder,
                    name=key.name,
                    value=value,
                    trigger=rotations.trigger(key.name),
                    on_new_value=_on_new_value(key, given),
                    change_command=key.change_command or None,
                    command_seconds=server.command_seconds if key.change_command else None,
                    delivered_with=_delivered_with(key, readers[key.name], store, given) or None,
                    rotate_with=None if key.immutable else rotate_command(key.name),
                ),
                child_options(self, opts, provider=server.connection, depends_on=before),
            )
        self.triggers = {place: secret.delivery_trigger for place, secret in secrets.items()}
        self.changed_on = {name: secret.changed_on for name, secret in last.items()}
        self.register_outputs({})

    def _value(
        self, key: SecretKey, given: pulumi.Output[str] | None, rotations: Rotations
    ) -> pulumi.Output[str] | None:
        if not isinstance(key.source, Generate):
            return given
        # Generated even if the config has a value: adding or removing that must not delete this one.
        trigger = "" if key.immutable else rotations.trigger(key.name)
        child = child_options(self, None, protect=key.immutable)
        generated = random_value(key.name, key.source, child, trigger)
        return given or generated


def _address(folder: str, key: SecretKey) -> str:
    return f"{folder.rstrip('/')}/{key.name}"


def _delivered_with(key: SecretKey, readers: Collection[App], store: Store, given: Collection[str]) -> dict[str, str]:
    """
    How each other key that an app reads together with this one, and that has no value, gets its value; by address.

    `changeCommand` changes the value for all apps, so that all readers of this key count.
    """
    return {
        _address(store.folder(app.name), other): fix_for(other)
        for app in readers
        for other in app.keys_without_value(given)
        if other.name != key.name
    }


def _on_new_value(key: SecretKey, given: Collection[str]) -> str:
    if key.immutable:
        return "refuse" if key.name in given else "hold"
    return "set" if key.name in given else "keep"
