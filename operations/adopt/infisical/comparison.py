"""Compares the keys in Infisical with those of the declaration."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from declaration import Homelab, Key
from declaration.inventory.sources import FromConfig, Manual
from operations.adopt.infisical.existing import Existing

Result = Literal["declared", "not declared", "set it in Infisical", "set it in the stack config", "the update sets it"]


@dataclass(frozen=True)
class ComparedKey:
    """
    A key of Infisical or of the declaration.

    The last three results: it is declared, and Infisical does not have it.
    """

    folder: str
    name: str
    result: Result
    apps: tuple[str, ...] = ()


def compare(existing: Existing, homelab: Homelab[Any]) -> tuple[ComparedKey, ...]:
    """Every key that Infisical or the declaration has, by folder and name."""
    there = {(folder, name) for folder, names in existing.folders.items() for name in names.shared}
    found = [*_there(there, homelab), *_missing(there, existing, homelab)]
    return tuple(sorted(found, key=lambda each: (each.folder, each.name)))


def _there(there: set[tuple[str, str]], homelab: Homelab[Any]) -> Iterator[ComparedKey]:
    for folder, name in there:
        key = homelab.keys.by_id.get((folder, name))
        readers = [app.name for app in key.apps] if key else []
        readers += [
            app.name
            for app in homelab.apps
            for secret in app.secrets
            for whole in secret.folders
            if whole.path == folder and whole.selected({name: ""})
        ]
        apps = tuple(dict.fromkeys(readers))
        yield ComparedKey(folder, name, "declared" if apps else "not declared", apps)


def _missing(there: set[tuple[str, str]], existing: Existing, homelab: Homelab[Any]) -> Iterator[ComparedKey]:
    for key in homelab.keys.all:
        if key.id not in there and not key.retired:
            apps = tuple(app.name for app in key.apps)
            yield ComparedKey(key.folder, key.name, _result(key, existing, homelab), apps)


def _result(key: Key, existing: Existing, homelab: Homelab[Any]) -> Result:
    """Of a key that its folder does not have."""
    if isinstance(key.declared.source, Manual):
        return "declared" if _is_imported(key.id, existing) else "set it in Infisical"
    is_given = key.id in homelab.values or not isinstance(key.declared.source, FromConfig)
    return "the update sets it" if is_given else "set it in the stack config"


def _is_imported(identity: tuple[str, str], existing: Existing) -> bool:
    folder = existing.folders.get(identity[0])
    return folder is not None and any(identity[1] in names for names in folder.imports.values())
