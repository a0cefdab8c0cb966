"""Where `import-values` writes: the stack config, or Infisical."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol

from declaration import PROJECT, VALUES, Homelab, Key, Manual
from operations.errors import OperationError
from operations.stack import Stack
from operations.values.access.server import Infisical, Stored, Write

Result = Literal["added", "equal", "different"]


@dataclass(frozen=True)
class Entry:
    """A value for a key, and how it compares with the one that is there."""

    key: Key
    value: str = field(repr=False)
    result: Result


@dataclass(frozen=True)
class Refusal:
    """Why a value is not written."""

    found: str
    expected: str
    fix: str


class Target(Protocol):
    place: str
    """For messages."""
    source: str
    """The `source` of a new key that gets its value here."""
    next: str
    """What follows a write."""

    def compare(self, key: Key, value: str) -> Result:
        """How a value compares with the one that is there."""

    def refusal(self, entry: Entry) -> Refusal | None:
        """Why the value cannot be written here, even if the user confirms it; None if it can."""

    def write(self, entries: Sequence[Entry], done: Callable[[Key], None]) -> None:
        """Write values, and call `done` after each."""


class ConfigTarget:
    """`homelab:values` of the stack."""

    source = "config"
    next = "Next: run `pulumi preview`, which shows the keys that get a new value in Infisical. Then run `pulumi up`."

    def __init__(self, stack: Stack, homelab: Homelab[None]) -> None:
        """:raises OperationError: the stack cannot have values, or its config cannot be read"""
        self.place = f"{PROJECT}:{VALUES} of the stack {stack.name}"
        if homelab.infisical.managed is None:
            what = "The stack config cannot have values of apps"
            found, expected = f"{PROJECT}:infisical.mode: manual", "managed"
            raise OperationError(what, found=found, expected=expected, fix="run the command again with --to infisical")
        self._stack = stack
        self._addresses: dict[tuple[str, str], str] = {}
        self._values: dict[tuple[str, str], object] = {}
        for address, value in stack.values().items():
            for key in homelab.keys.find(address):
                self._addresses[key.id], self._values[key.id] = address, value

    def compare(self, key: Key, value: str) -> Result:
        if key.id not in self._values:
            return "added"
        return "equal" if self._values[key.id] == value else "different"

    def refusal(self, entry: Entry) -> Refusal | None:
        if isinstance(entry.key.declared.source, Manual) and entry.result != "equal":
            fix = f"declare `source: config` for {entry.key.label}, or use --to infisical"
            return Refusal("source: manual", "`source: config` or `generate`", fix)
        return _immutable(entry)

    def write(self, entries: Sequence[Entry], done: Callable[[Key], None]) -> None:
        for entry in entries:
            self._stack.set_value(self._addresses.get(entry.key.id, entry.key.label), entry.value)
            done(entry.key)


class InfisicalTarget:
    """The folders of the keys in Infisical."""

    source = "manual"
    next = "The apps get them when the operator refreshes their Secrets; `pulumi up` delivers them at once."

    def __init__(self, infisical: Infisical, keys: Sequence[Key]) -> None:
        """:raises InfisicalError: it cannot be read"""
        self.place = f"Infisical at {infisical.url}"
        self._infisical = infisical
        self._stored = infisical.stored(key.folder for key in keys) if keys else Stored({})

    def compare(self, key: Key, value: str) -> Result:
        if key.id in self._stored.hidden:
            return "different"
        if key.id not in self._stored.values:
            return "added"
        return "equal" if self._stored.values[key.id] == value else "different"

    def refusal(self, entry: Entry) -> Refusal | None:
        if entry.key.id in self._stored.hidden:
            fix = "use a login that may read it"
            return Refusal("a value that Infisical does not show to this login", "a value to compare with", fix)
        if entry.result == "different" and entry.key.declared.change_command:
            fix = "use --to config: `pulumi up` then runs the command and sets the value"
            return Refusal(
                "a different value, and a `changeCommand` that must run first", "the value in Infisical", fix
            )
        return _immutable(entry)

    def write(self, entries: Sequence[Entry], done: Callable[[Key], None]) -> None:
        writes: Mapping[tuple[str, str], Write] = {
            entry.key.id: Write(entry.value, self._stored.values.get(entry.key.id)) for entry in entries
        }
        keys = {entry.key.id: entry.key for entry in entries}
        self._infisical.write(writes, lambda identity: done(keys[identity]))


def _immutable(entry: Entry) -> Refusal | None:
    if entry.result != "different" or not entry.key.declared.immutable:
        return None
    return Refusal("a different value of an immutable key", "the value that is in use", "remove it from the file")
