"""The first value of each key in Infisical."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

import pulumi

import infisical
from components.children import child_options
from components.infisical_server import InfisicalServer
from components.random_values import random_value
from declaration.inventory import App, Generate, SecretKey
from declaration.rotations import Rotations, rotating
from declaration.site import Store
from declaration.values import remedy


@dataclass(frozen=True)
class SeededValuesArgs:
    """`given` is the values of the stack config by key; each comes before generating one."""

    server: InfisicalServer
    store: Store
    apps: tuple[App, ...]
    given: Mapping[str, pulumi.Output[str]] = field(repr=False)
    rotations: Rotations


class SeededValues(pulumi.ComponentResource):
    """
    Seeds every key that has a value to start with.

    From then on Infisical owns the value: it is adopted where it is there already, and never overwritten because
    somebody changed it there, but only by a rotation: another trigger, or another value in the stack config. A key
    without a value is left for the owner to set.
    """

    triggers: Mapping[tuple[str, str], pulumi.Output[str]]
    """By folder and key, a text that is another one after each rotation, and empty before the first."""
    changed_on: Mapping[str, pulumi.Output[str]]
    """By key, the day of its value, YYYY-MM-DD."""

    def __init__(self, name: str, args: SeededValuesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:SeededValues", name, None, opts)
        keys = {key.name: key for app in args.apps for key in app.keys}
        # One value for each key, wherever it is: apps that read the same one agree, and none changes when it moves.
        values = {name: self._value(key, args) for name, key in keys.items()}
        places = {(args.store.folder(app.name), key.name): key for app in args.apps for key in app.keys}
        readers: dict[str, list[App]] = {}
        for app in args.apps:
            for key in app.keys:
                readers.setdefault(key.name, []).append(app)
        secrets: dict[tuple[str, str], infisical.Secret] = {}
        last: dict[str, infisical.Secret] = {}
        for (folder, _), key in places.items():
            value = values[key.name]
            if value is None:
                continue
            # The command that changes a value where it is used is for all its folders, and must not run twice at once.
            before = [last[key.name]] if key.name in last else []
            last[key.name] = secrets[folder, key.name] = infisical.Secret(
                f"{folder.rstrip('/')}/{key.name}",
                infisical.SecretArgs(
                    project_id=args.server.project_id,
                    environment=args.store.environment_slug,
                    path=folder,
                    name=key.name,
                    value=value,
                    trigger=args.rotations.trigger(key.name),
                    on_new_value=_on_new_value(key, args.given),
                    change_command=key.change_command or None,
                    delivered_with=_delivered_with(key, readers[key.name], args) or None,
                    rotate_with=None if key.immutable else rotating(key.name),
                ),
                child_options(self, opts, provider=args.server.connection, depends_on=before),
            )
        self.triggers = {place: secret.delivery_trigger for place, secret in secrets.items()}
        self.changed_on = {name: secret.changed_on for name, secret in last.items()}
        self.register_outputs({})

    def _value(self, key: SecretKey, args: SeededValuesArgs) -> pulumi.Output[str] | None:
        given = args.given.get(key.name)
        if not isinstance(key.source, Generate):
            return given
        # Generated whatever the config gives: a value that comes or goes there must not take this one with it.
        trigger = "" if key.immutable else args.rotations.trigger(key.name)
        child = child_options(self, None, protect=key.immutable)
        generated = random_value(key.name, key.source, child, trigger)
        return given or generated


def _delivered_with(key: SecretKey, readers: Collection[App], args: SeededValuesArgs) -> dict[str, str]:
    """
    By address, how each other key gets its value that is still awaited by an app which reads this one.

    Of all its folders: what the command changes for one app, it changes for all.
    """
    return {
        f"{args.store.folder(app.name).rstrip('/')}/{other.name}": remedy(other)
        for app in readers
        for other in app.awaited(args.given)
        if other.name != key.name
    }


def _on_new_value(key: SecretKey, given: Collection[str]) -> str:
    if key.immutable:
        return "refuse" if key.name in given else "hold"
    return "set" if key.name in given else "keep"
