"""The keys that a command is about: all of the declaration, or those of one app."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from declaration import App, Homelab, Key
from operations.errors import OperationError


@dataclass(frozen=True)
class Scope:
    """
    :param apps: the apps that are meant
    :param keys: the keys that they read
    """

    homelab: Homelab[None]
    apps: tuple[App, ...]
    keys: tuple[Key, ...]

    @classmethod
    def of(cls, homelab: Homelab[None], app: str | None) -> Scope:
        """
        :param app: its name; None for all apps
        :raises OperationError: the declaration does not have the app
        """
        if app is None:
            return cls(homelab, homelab.apps, homelab.keys.all)
        apps = tuple(each for each in homelab.apps if each.name == app)
        if not apps:
            names = ", ".join(each.name for each in homelab.apps) or "no app"
            what = f"{homelab.source} declares no app {app!r}"
            raise OperationError(what, expected=names, fix="correct --app, or declare the app")
        keys = tuple(key for key in homelab.keys.all if app in [each.name for each in key.apps])
        return cls(homelab, apps, keys)

    def find(self, name: str, folder: str = "") -> tuple[Key, ...]:
        """
        The keys in scope that a name means; several if it is ambiguous.

        :param folder: chooses among several; empty if unknown
        """
        found = tuple(key for key in self.homelab.keys.find(name) if key in self.keys)
        exact = tuple(key for key in found if key.folder == folder)
        return exact if len(found) > 1 and exact else found

    def is_declared(self, name: str) -> bool:
        """Whether any app has a key of this name."""
        return bool(self.homelab.keys.find(name))

    def name_of(self, key: Key) -> str:
        """The name of a key in files and messages: `find` finds it again."""
        names = Counter(each.name for each in self.keys)
        return key.name if names[key.name] == 1 else key.label
