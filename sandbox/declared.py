"""The only place where the sandbox reads a stack file's declaration."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from declaration import (
    App,
    ArgoCd,
    Key,
    KeyId,
    Keys,
    Problem,
    SecretKey,
    key_id,
    parse_apps,
    parse_argocd,
    parse_shared,
    parse_store,
    read_inventory,
)
from tooling.errors import StackError
from tooling.stack.config import StackFile
from tooling.stack.declared import problems_text

APPS, APP_FILES, ARGOCD, STORE = "homelab:apps", "homelab:appFiles", "homelab:argocd", "homelab:store"
SHARED = "homelab:shared"


def with_inline_apps(config: Mapping[str, Any], stack_file: Path) -> tuple[dict[str, Any], frozenset[str]]:
    """
    The config with every app in `homelab:apps`, and the names of the apps that are in files.

    :param config: a stack file's `config:`
    :param stack_file: next to it is the folder of the apps
    :raises StackError: an app's file cannot be read; with all problems
    """
    problems: list[Problem] = []
    apps, app_files = read_inventory(config.get(APPS), config.get(APP_FILES), stack_file.parent, problems)
    if problems:
        raise StackError(problems_text(stack_file.name, list(map(app_files.located, problems))))
    changed = {key: value for key, value in config.items() if key != APP_FILES}
    return changed | ({APPS: apps} if app_files.files else {}), frozenset(app_files.files)


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
        shared=parse_shared(config.get(SHARED), problems, parse_store(STORE, config.get(STORE), []).secrets_path),
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


def readers(config: Mapping[str, Any]) -> dict[KeyId, list[SecretKey]]:
    """By key of the inventory, its declarations in the Secrets of apps."""
    store = parse_store(STORE, config.get(STORE), [])
    found: dict[KeyId, list[SecretKey]] = {}
    for secret in (secret for app in declared_apps(config) or () for secret in app.secrets):
        for key in secret.keys:
            found.setdefault(key_id(store, secret.app, key), []).append(key)
    return found


def _folder_per_app(config: Mapping[str, Any]) -> bool:
    store = config.get(STORE)
    return isinstance(store, Mapping) and store.get("folderPerApp") is True


def read_config(stack_file: Path) -> dict[str, Any]:
    """
    The `config:` of a Pulumi.STACK.yaml, with every app in `homelab:apps`.

    :raises StackError: it is not a mapping, or an app's file cannot be read
    """
    return with_inline_apps(StackFile(stack_file).config(), stack_file)[0]
