"""The first value of each key in Infisical."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pulumi

import infisical
from components.children import child_options
from components.infisical_server import InfisicalServer
from components.inventory import App, Generate, SecretKey
from components.random_values import random_value
from components.site import Store


@dataclass(frozen=True)
class SeededValuesArgs:
    """`given` is the values of the stack config by key; each comes before generating one."""

    server: InfisicalServer
    store: Store
    apps: tuple[App, ...]
    given: Mapping[str, pulumi.Output[str]] = field(repr=False)


class SeededValues(pulumi.ComponentResource):
    """
    Seeds every key that has a value to start with.

    From then on Infisical owns the value: it is adopted where it is there already, and never overwritten because
    somebody changed it there. A key without a value is left for the owner to set.
    """

    def __init__(self, name: str, args: SeededValuesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:SeededValues", name, None, opts)
        keys = {key.name: key for app in args.apps for key in app.keys}
        # One value for each key, wherever it is: apps that read the same one agree, and none changes when it moves.
        values = {name: self._value(key, args.given) for name, key in keys.items()}
        places = {(args.store.folder(app.name), key.name): key for app in args.apps for key in app.keys}
        for (folder, _), key in places.items():
            value = values[key.name]
            if value is None:
                continue
            infisical.Secret(
                f"{folder.rstrip('/')}/{key.name}",
                infisical.SecretArgs(
                    project_id=args.server.project_id,
                    environment=args.store.environment_slug,
                    path=folder,
                    name=key.name,
                    value=value,
                ),
                child_options(self, opts, provider=args.server.connection),
            )
        self.register_outputs({})

    def _value(self, key: SecretKey, given: Mapping[str, pulumi.Output[str]]) -> pulumi.Output[str] | None:
        if not isinstance(key.source, Generate):
            return given.get(key.name)
        # Generated whatever the config gives: a value that comes or goes there must not take this one with it.
        generated = random_value(key.name, key.source, child_options(self, None, protect=key.never_change))
        return given.get(key.name) or generated
