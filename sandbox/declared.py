"""The only place where the sandbox reads a stack file's declaration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from declaration import App, Key, Keys, Problem, parse_apps, parse_store
from tooling.errors import StackError

APPS, STORE = "homelab:apps", "homelab:store"


def declared_apps(config: Mapping[str, Any]) -> tuple[App, ...] | None:
    """
    The inventory; None if it has errors, all of which the program itself reports before it changes anything.

    :param config: a stack file's `config:`
    """
    problems: list[Problem] = []
    folders = _folder_per_app(config)
    apps = parse_apps(APPS, config[APPS], problems, folder_per_app=folders) if config.get(APPS) is not None else ()
    return None if problems else apps


def declared_keys(config: Mapping[str, Any]) -> tuple[Key, ...]:
    """The keys of the inventory; none if it has errors."""
    return Keys.of(declared_apps(config) or (), parse_store(STORE, config.get(STORE), [])).all


def _folder_per_app(config: Mapping[str, Any]) -> bool:
    store = config.get(STORE)
    return isinstance(store, Mapping) and store.get("folderPerApp") is True


def read_config(stack_file: Path) -> dict[str, Any]:
    """
    The `config:` of a Pulumi.STACK.yaml.

    :raises StackError: it is not a mapping
    """
    content = _mapping(yaml.safe_load(stack_file.read_text()), f"{stack_file}")
    return _mapping(content.get("config"), f"{stack_file}: config")


def _mapping(value: Any, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        message = f"{where}: found {type(value).__name__}, expected a mapping"
        raise StackError(message)
    return value
