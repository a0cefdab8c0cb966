"""The only place where the sandbox reads a stack file's declaration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from declaration import App, ArgoCd, Key, Keys, Problem, parse_apps, parse_argocd, parse_store
from tooling.stack.config import StackFile

APPS, ARGOCD, STORE = "homelab:apps", "homelab:argocd", "homelab:store"


def declared_apps(config: Mapping[str, Any]) -> tuple[App, ...] | None:
    """
    The inventory; None if it has errors, all of which the program itself reports before it changes anything.

    :param config: a stack file's `config:`
    """
    problems: list[Problem] = []
    if config.get(APPS) is None:
        return ()
    apps = parse_apps(
        APPS,
        config[APPS],
        problems,
        argocd_namespace=declared_argocd(config).namespace,
        folder_per_app=_folder_per_app(config),
    )
    return None if problems else apps


def declared_argocd(config: Mapping[str, Any]) -> ArgoCd:
    """The declared Argo CD; the default one if that has errors, which the program itself reports."""
    problems: list[Problem] = []
    argocd = parse_argocd(ARGOCD, config.get(ARGOCD, {}), problems)
    return ArgoCd() if problems else argocd


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
    return StackFile(stack_file).config()
