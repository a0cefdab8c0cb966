"""The declarations that are measured."""

from __future__ import annotations

from typing import Any

from sandbox.stack.differences import on_this_machine
from sandbox.stack.project import homelab_config, set_up_by_hand

KEYS_PER_APP = 3

Config = dict[str, Any]


def declared(apps: int, infisical_url: str | None) -> Config:
    """
    The homelab's config with this number of apps, each with a namespace of its own and three generated keys.

    :param apps: 0 keeps the apps of the homelab
    :param infisical_url: of the server that the program sets up; None if its owner does that by hand
    """
    homelab = homelab_config()
    config = set_up_by_hand(homelab) if infisical_url is None else on_this_machine(homelab, infisical_url)
    if apps:
        config["homelab:apps"] = {name: app(name, managed=infisical_url is not None) for name in names(apps)}
    return config


def names(apps: int) -> list[str]:
    """The names of the apps."""
    return [f"app-{number:04}" for number in range(apps)]


def app(name: str, *, managed: bool) -> Config:
    """The declaration of one app."""
    source = {"source": "generate", "kind": "hex", "size": 32} if managed else {"source": "manual"}
    return {
        "namespace": name,
        "createNamespace": True,
        "keys": {key: dict(source) for key in key_names(name)},
    }


def key_names(name: str) -> list[str]:
    """The keys of one app in Infisical."""
    return [f"{name.upper().replace('-', '_')}_KEY_{number}" for number in range(KEYS_PER_APP)]
