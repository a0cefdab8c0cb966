"""
The keys in Infisical. A key's identity is its folder and its name: apps that read one folder share its keys.

The stack config addresses a key by its name, or as `app/NAME` if several folders hold that name. An app's name stays
valid when the folders move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from declaration.config_keys import config_path
from declaration.inventory import App, SecretKey
from declaration.problems import Problem
from declaration.site import Store

KeyId = tuple[str, str]
"""The folder and the name."""


@dataclass(frozen=True)
class Key:
    """
    One key in Infisical, and the apps that read it.

    `label` addresses it in the stack config, in outputs and in messages. `resource` names its Pulumi resources: it
    contains no folder, so that moving the folder keeps them. `earlier` has the names that they had before
    `folderPerApp` changed, or before the key was renamed. A retired key keeps its value, and no app gets it.
    """

    folder: str
    declared: SecretKey
    apps: tuple[App, ...]
    label: str
    resource: str
    earlier: tuple[str, ...]
    retired: bool = False

    @property
    def name(self) -> str:
        return self.declared.name

    @property
    def id(self) -> KeyId:
        return self.folder, self.name

    @property
    def address(self) -> str:
        """In its environment of Infisical: `/NAME` or `/folder/NAME`."""
        return f"{self.folder.rstrip('/')}/{self.name}"


@dataclass(frozen=True)
class Keys:
    """Every key of the inventory, in its order."""

    all: tuple[Key, ...]

    @classmethod
    def of(cls, apps: Iterable[App], store: Store) -> Keys:
        readers: dict[KeyId, list[App]] = {}
        declared: dict[KeyId, SecretKey] = {}
        folders: dict[str, list[str]] = {}
        for app in apps:
            folder = store.folder(app.name)
            for key in app.keys:
                declared.setdefault((folder, key.name), key)
                readers.setdefault((folder, key.name), []).append(app)
                if folder not in folders.setdefault(key.name, []):
                    folders[key.name].append(folder)
        found = []
        for (folder, name), key in declared.items():
            apps_of_key = tuple(readers[folder, name])
            one = f"{apps_of_key[0].name}/{name}"
            earlier: tuple[str, ...]
            if store.folder_per_app:
                # Two resources cannot continue the same one: the first app's does.
                resource, earlier = one, (name,) if folders[name][0] == folder else ()
            else:
                resource, earlier = name, tuple(f"{app.name}/{name}" for app in apps_of_key)
            if old := key.renamed_from:
                renamed = {each: each.removesuffix(name) + old for each in (resource, *earlier)}
                earlier = (*earlier, *renamed.values())
            label = one if len(folders[name]) > 1 else name
            delivered = any(each.name == name for app in apps_of_key for each in app.delivered_keys)
            found.append(Key(folder, key, apps_of_key, label, resource, earlier, not delivered))
        return cls(tuple(found))

    @cached_property
    def by_id(self) -> Mapping[KeyId, Key]:
        return {key.id: key for key in self.all}

    @cached_property
    def by_label(self) -> Mapping[str, Key]:
        return {key.label: key for key in self.all}

    def find(self, address: str) -> tuple[Key, ...]:
        """The keys with this name, or the one that `app/NAME` addresses; several if the name is ambiguous."""
        app, slash, name = address.rpartition("/")
        named = self._by_name.get(name, ())
        return tuple(key for key in named if not slash or app in (reader.name for reader in key.apps))

    @cached_property
    def _by_name(self) -> Mapping[str, list[Key]]:
        named: dict[str, list[Key]] = {}
        for key in self.all:
            named.setdefault(key.name, []).append(key)
        return named


def resolve(
    structure: str, addresses: Iterable[str], keys: Keys, set_command: Callable[[str], str], problems: list[Problem]
) -> dict[str, Key]:
    """
    The key of each address in a part of the stack config. An address that matches no key is left out.

    :param structure: the part, such as `homelab:values`
    :param set_command: the command that sets the entry of an address
    :param problems: receives ambiguous addresses, and second addresses of one key
    """
    found: dict[str, Key] = {}
    first: dict[KeyId, str] = {}
    for address in addresses:
        path, remove = f"{structure}.{address}", f"run `pulumi config rm --path '{config_path(structure, address)}'`"
        matches = keys.find(address)
        if len(matches) > 1:
            choices = [key.label for key in matches]
            what = "a name that several apps read, each from its own folder"
            fix = f"{remove}; then, for each of them, run `{set_command(choices[0])}`"
            problems.append(Problem(path, what, f"one of {', '.join(choices)}", fix))
        elif matches and (other := first.setdefault(matches[0].id, address)) != address:
            problems.append(Problem(path, f"a second entry for the key of {structure}.{other}", "one entry", remove))
        elif matches:
            found[address] = matches[0]
    return found
