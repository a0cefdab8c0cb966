"""
The keys in Infisical. A key's identity is its folder and its name: apps that read one folder share its keys.

The stack config addresses a key by its name, or as `app/NAME` if several folders hold that name. `NAME` is then its
name in the declaration. A key of `homelab:shared` is `shared/NAME`. Such an address stays valid when the folders move.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from declaration.config_keys import config_path
from declaration.inventory import App, SecretKey
from declaration.inventory.sources import SHARED
from declaration.problems import Problem
from declaration.site.settings import Store

KeyId = tuple[str, str]
"""The folder and the name."""


@dataclass(frozen=True)
class Key:
    """
    One key in Infisical, and the apps that read it.

    `label` addresses it in the stack config, in outputs and in messages. `resource` names its Pulumi resources: it
    contains no folder, so that moving the folder keeps them. `earlier` has the names that they had before
    `folderPerApp` changed, or before the key was renamed. A retired key keeps its value, and no app gets it.
    `addresses` are `app/NAME` for each app that reads it.
    """

    folder: str
    declared: SecretKey
    apps: tuple[App, ...]
    label: str
    resource: str
    earlier: tuple[str, ...]
    retired: bool = False
    addresses: tuple[str, ...] = ()

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
        found: dict[KeyId, list[tuple[App, SecretKey]]] = {}
        delivered: set[KeyId] = set()
        for app in apps:
            for key in app.keys:
                found.setdefault(key_id(store, app.name, key), []).append((app, key))
            shown = (key for secret in app.delivered_secrets for key in secret.keys)
            delivered |= {key_id(store, app.name, key) for key in shown}
        named: dict[str, list[KeyId]] = {}
        for identity in found:
            named.setdefault(identity[1], []).append(identity)
        return cls(
            tuple(
                _key(identity, readers, named[identity[1]], identity in delivered, store)
                for identity, readers in found.items()
            )
        )

    @cached_property
    def by_id(self) -> Mapping[KeyId, Key]:
        return {key.id: key for key in self.all}

    @cached_property
    def by_label(self) -> Mapping[str, Key]:
        return {key.label: key for key in self.all}

    def find(self, address: str) -> tuple[Key, ...]:
        """The keys with this name, or the one that `app/NAME` addresses; several if the name is ambiguous."""
        return tuple(self._by_address.get(address, ()))

    @cached_property
    def _by_address(self) -> Mapping[str, list[Key]]:
        found: dict[str, list[Key]] = {}
        for key in self.all:
            for address in dict.fromkeys((key.name, key.label, *key.addresses)):
                found.setdefault(address, []).append(key)
        return found


def key_id(store: Store, app: str, key: SecretKey) -> KeyId:
    """The identity of a key that an app reads."""
    return key.folder or store.folder(app), key.name


def _key(
    identity: KeyId, readers: list[tuple[App, SecretKey]], namesakes: list[KeyId], delivered: bool, store: Store
) -> Key:
    folder, name = identity
    declared = readers[0][1]
    shared = next((key for _, key in readers if key.shared), None)
    addresses = tuple(dict.fromkeys(f"{app.name}/{key.declared_as}" for app, key in readers))
    one = f"{SHARED}/{shared.declared_as}" if shared else addresses[0]
    is_first = namesakes[0] == identity
    earlier: tuple[str, ...]
    if is_first and not store.folder_per_app:
        resource, earlier = name, tuple(dict.fromkeys((one, *addresses)))
    else:
        # Two resources cannot continue the same one: that of the first key does.
        resource, earlier = one, (name,) if is_first else ()
    if old := declared.renamed_from:
        renamed = [each.removesuffix(name) + old for each in (resource, *earlier) if each.endswith(name)]
        earlier = tuple(dict.fromkeys((*earlier, *renamed)))
    return Key(
        folder=folder,
        declared=declared,
        apps=tuple({app.name: app for app, _ in readers}.values()),
        label=one if len(namesakes) > 1 else name,
        resource=resource,
        earlier=earlier,
        retired=not delivered,
        addresses=addresses,
    )


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
            what = "a name that several folders hold"
            fix = f"{remove}; then, for each of them, run `{set_command(choices[0])}`"
            problems.append(Problem(path, what, f"one of {', '.join(choices)}", fix))
        elif matches and (other := first.setdefault(matches[0].id, address)) != address:
            problems.append(Problem(path, f"a second entry for the key of {structure}.{other}", "one entry", remove))
        elif matches:
            found[address] = matches[0]
    return found
