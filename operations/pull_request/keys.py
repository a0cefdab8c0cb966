"""The keys of a declaration, and what became of them in another one. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

from declaration import FromConfig, Generate, Source
from operations.pull_request.declared import PROJECT, VALUES, Declared, Homelab

ENCRYPTION_KEY: Final = "ENCRYPTION_KEY"
"""Infisical's own key: it is in no inventory, and must never change either."""

ROTATIONS: Final = f"{PROJECT}:rotations"
_EARLIER_ENCRYPTION_KEY: Final = f"{PROJECT}:infisicalEncryptionKey"


@dataclass(frozen=True)
class Place:
    """Where a key's value is, and where it goes: a folder in Infisical, and keys of one Secret."""

    app: str
    folder: str
    secret: str
    secret_keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.app}: {self.folder} → Secret {self.secret}, {', '.join(self.secret_keys)}"


@dataclass(frozen=True)
class Key:
    """
    One key in Infisical.

    :param given: its value in the stack config, a throw-away one; None where there is none
    :param rotation: its marker; None where it has none
    """

    name: str
    source: Source
    immutable: bool
    places: frozenset[Place]
    given: str | None = field(repr=False)
    rotation: str | None

    @property
    def apps(self) -> str:
        return ", ".join(sorted(place.app for place in self.places))


@dataclass(frozen=True)
class KeyChange:
    """What became of one key, in words that hold no value."""

    key: str
    apps: str
    what: str
    touches_immutable: bool


def changes(base: Declared, head: Declared) -> list[KeyChange]:
    """
    Every difference between the keys of two declarations, those that must never change first.

    Both have been read without a problem.
    """
    assert base.homelab
    assert head.homelab
    old, new = _keys(base, base.homelab), _keys(head, head.homelab)
    removed = {name: old[name] for name in old.keys() - new.keys()}
    added = {name: new[name] for name in new.keys() - old.keys()}
    renamed = _renamed(removed, added)
    found = [
        *_encryption_key(base, head),
        *_own_rotations(base, head, old.keys() | new.keys()),
        *(change for key in removed.values() for change in _gone(key, renamed.get(key.name))),
        *(_come(key) for key in added.values() if key.name not in renamed.values()),
        *(change for name in old.keys() & new.keys() for change in _changed(old[name], new[name])),
    ]
    return sorted(found, key=lambda change: (not change.touches_immutable, change.key, change.what))


def immutable_keys(declared: Declared) -> set[str]:
    """The names of the keys that must never change."""
    assert declared.homelab
    return {key.name for app in declared.homelab.apps for key in app.keys if key.immutable}


def source_in_words(source: Source) -> str:
    """Where a value comes from."""
    match source:
        case Generate(kind, size):
            return f"generated ({kind}, {size})"
        case FromConfig():
            return "from the stack config"
        case _:
            return "set by hand in Infisical"


def _keys(declared: Declared, homelab: Homelab) -> dict[str, Key]:
    store = homelab.store
    given = _mapping(declared.config.get(f"{PROJECT}:{VALUES}"))
    rotations = _mapping(declared.config.get(ROTATIONS))
    keys: dict[str, Key] = {}
    for app in homelab.apps:
        folder = f"{store.project_slug}/{store.environment_slug}{store.folder(app.name)}"
        for key in app.keys:
            place = Place(app.name, folder, f"{app.namespace}/{app.secret_name}", key.secret_keys)
            before = keys[key.name].places if key.name in keys else frozenset()
            keys[key.name] = Key(
                key.name,
                key.source,
                key.immutable,
                before | {place},
                given.get(key.name),
                rotations.get(key.name),
            )
    return keys


def _mapping(value: Any) -> Mapping[str, str]:
    return {str(key): str(entry) for key, entry in value.items()} if isinstance(value, dict) else {}


def _renamed(removed: Mapping[str, Key], added: Mapping[str, Key]) -> dict[str, str]:
    """Which removed key seems to be which added one: of the same apps and source, and the only one that is."""
    fits = {
        name: [
            other for other, candidate in added.items() if (candidate.source, candidate.apps) == (key.source, key.apps)
        ]
        for name, key in removed.items()
    }
    chosen = [others[0] for others in fits.values() if len(others) == 1]
    return {name: others[0] for name, others in fits.items() if len(others) == 1 and chosen.count(others[0]) == 1}


def _gone(key: Key, renamed_to: str | None) -> Iterator[KeyChange]:
    if renamed_to:
        what = f"renamed to {renamed_to}: that one gets a value of its own ({source_in_words(key.source)})"
    else:
        what = f"removed; it was {source_in_words(key.source)}"
    yield KeyChange(key.name, key.apps, f"{what}. Infisical keeps the old one", key.immutable)


def _come(key: Key) -> KeyChange:
    never = ", never to change" if key.immutable else ""
    return KeyChange(key.name, key.apps, f"added: {source_in_words(key.source)}{never}", touches_immutable=False)


def _changed(old: Key, new: Key) -> Iterator[KeyChange]:
    never = old.immutable

    def change(what: str) -> KeyChange:
        return KeyChange(new.name, new.apps, what, never)

    if old.source != new.source:
        yield change(f"re-sourced: {source_in_words(old.source)} → {source_in_words(new.source)}")
    if old.immutable and not new.immutable:
        yield change("`immutable` is taken away")
    if new.immutable and not old.immutable:
        yield change("`immutable` is set")
    if new.rotation and old.rotation != new.rotation:
        yield change("rotated: its marker is new")
    if old.rotation and not new.rotation:
        yield change("its rotation marker is removed")
    if new.given is not None and old.given != new.given:
        yield change("its value in the stack config is set" + ("" if old.given is None else " anew"))
    if old.given is not None and new.given is None:
        yield change("its value in the stack config is removed")
    gone, come = sorted(map(str, old.places - new.places)), sorted(map(str, new.places - old.places))
    if gone and come:
        yield change(f"moved from {'; '.join(gone)} to {'; '.join(come)}")
    elif gone:
        yield change(f"no longer at {'; '.join(gone)}")
    elif come:
        # Another reader of the same value changes nothing for those that there are.
        yield KeyChange(new.name, new.apps, f"also at {'; '.join(come)}", touches_immutable=False)


def _encryption_key(base: Declared, head: Declared) -> Iterator[KeyChange]:
    old, new = base.config.get(_EARLIER_ENCRYPTION_KEY), head.config.get(_EARLIER_ENCRYPTION_KEY)
    if new is not None and new != old:
        what = f"`{_EARLIER_ENCRYPTION_KEY}` is set" + ("" if old is None else " anew")
        yield KeyChange(ENCRYPTION_KEY, "Infisical", what, touches_immutable=True)
    elif old is not None and new is None:
        what = f"`{_EARLIER_ENCRYPTION_KEY}` is removed; the key in use stays in the state"
        yield KeyChange(ENCRYPTION_KEY, "Infisical", what, touches_immutable=False)


def _own_rotations(base: Declared, head: Declared, keys: Set[str]) -> Iterator[KeyChange]:
    """What has a marker and is in no inventory: Infisical's own."""
    old, new = _mapping(base.config.get(ROTATIONS)), _mapping(head.config.get(ROTATIONS))
    for name in sorted((old.keys() | new.keys()) - keys):
        if old.get(name) != new.get(name):
            what = "rotated: its marker is new" if name in new else "its rotation marker is removed"
            yield KeyChange(name, "Infisical", what, touches_immutable=False)
