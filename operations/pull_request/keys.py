"""Compares the keys of two declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import Any, Final

import declaration
from declaration import SHARED, FromConfig, Generate, KeyId, Source, key_id
from operations.pull_request.declared import PROJECT, VALUES, Declared, Homelab

ENCRYPTION_KEY: Final = "ENCRYPTION_KEY"
"""Infisical's own key. It is immutable, and not part of an inventory."""

ROTATIONS: Final = f"{PROJECT}:rotations"
ROTATED: Final = "rotated: new trigger"
TRIGGER_REMOVED: Final = "trigger removed"
_EARLIER_ENCRYPTION_KEY: Final = f"{PROJECT}:infisicalEncryptionKey"


@dataclass(frozen=True)
class Place:
    """Where a key is kept and delivered: a folder in Infisical, and keys of one Secret."""

    app: str
    folder: str
    secret: str
    secret_keys: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.app} ({self.folder} → Secret {self.secret}: {', '.join(self.secret_keys) or 'templates'})"


@dataclass(frozen=True)
class Key:
    """
    One key in Infisical. `name` is `app/NAME` if several folders hold the name, in either declaration.

    :param given: a throw-away value in place of its value in the stack config; None if it has none there
    :param trigger: its trigger in the stack config, if it has one
    :param renamed_from: the name whose value it gets, empty for none
    """

    name: str
    source: Source
    immutable: bool
    places: frozenset[Place]
    given: str | None = field(repr=False)
    trigger: str | None
    renamed_from: str = ""

    @property
    def apps(self) -> str:
        return ", ".join(sorted(place.app for place in self.places))


@dataclass(frozen=True)
class KeyChange:
    """A change of one key. The description contains no value."""

    key: str
    apps: str
    what: str
    touches_immutable: bool


def changes(base: Declared, head: Declared) -> list[KeyChange]:
    """
    Return every difference between the keys of two declarations, immutable keys first.

    Neither declaration may have problems.
    """
    assert base.homelab
    assert head.homelab
    several = _in_several_folders(base.homelab) | _in_several_folders(head.homelab)
    old, new = _keys(base, base.homelab, several), _keys(head, head.homelab, several)
    removed = {name: old[name] for name in old.keys() - new.keys()}
    added = {name: new[name] for name in new.keys() - old.keys()}
    renamed = _renamed(removed, added)
    found = [
        *_encryption_key(base, head),
        *_infisicals_own(base, head),
        *(_removed(key, added.get(renamed.get(key.name, ""))) for key in removed.values()),
        *(_added(key) for key in added.values() if key.name not in renamed.values()),
        *(change for name in old.keys() & new.keys() for change in _changed(old[name], new[name])),
    ]
    return sorted(found, key=lambda change: (not change.touches_immutable, change.key, change.what))


def immutable_keys(declared: Declared) -> set[str]:
    """Return the names of the immutable keys of the apps."""
    assert declared.homelab
    return {key.name for app in declared.homelab.apps for key in app.keys if key.immutable}


def source_in_words(source: Source) -> str:
    """Describe where a value comes from."""
    match source:
        case Generate(kind, size, characters):
            return f"generated ({kind}, {size}{f', of {characters}' if characters else ''})"
        case FromConfig():
            return "from the stack config"
        case _:
            return "set by hand in Infisical"


def _in_several_folders(homelab: Homelab) -> set[str]:
    return {key.name for key in homelab.keys.all if len(homelab.keys.find(key.name)) > 1}


def _keys(declared: Declared, homelab: Homelab, several: Set[str]) -> dict[str, Key]:
    store = homelab.store
    given = _by_key(homelab, declared.config.get(f"{PROJECT}:{VALUES}"))
    triggers = _by_key(homelab, declared.config.get(ROTATIONS))
    keys: dict[str, Key] = {}
    read = [(secret, key) for app in homelab.apps for secret in app.secrets for key in secret.keys]
    for secret, key in read:
        identity = key_id(store, secret.app, key)
        folder = f"{store.project_slug}/{store.environment_slug}{identity[0]}"
        place = Place(secret.app, folder, secret.place, key.secret_keys)
        one = homelab.keys.by_id[identity]
        name = _address(one) if key.name in several else key.name
        before = keys[name].places if name in keys else frozenset()
        earlier = key.renamed_from
        keys[name] = Key(
            name,
            key.source,
            key.immutable,
            before | {place},
            given.get(identity),
            triggers.get(identity),
            f"{secret.app}/{earlier}" if earlier in several else earlier,
        )
    return keys


def _address(key: declaration.Key) -> str:
    """`app/NAME`, or `shared/NAME`."""
    return f"{SHARED}/{key.declared.declared_as}" if key.declared.shared else key.addresses[0]


def _by_key(homelab: Homelab, value: Any) -> dict[KeyId, str]:
    return {key.id: entry for address, entry in _mapping(value).items() for key in homelab.keys.find(address)}


def _mapping(value: Any) -> Mapping[str, str]:
    return {str(key): str(entry) for key, entry in value.items()} if isinstance(value, dict) else {}


def _renamed(removed: Mapping[str, Key], added: Mapping[str, Key]) -> dict[str, str]:
    """
    Match removed keys with added keys. A pair is declared by `renamedFrom`.

    Otherwise it has the same apps and source, and is the only one that has.
    """
    declared = {key.renamed_from: name for name, key in added.items() if key.renamed_from in removed}
    fits = {
        name: [
            other for other, candidate in added.items() if (candidate.source, candidate.apps) == (key.source, key.apps)
        ]
        for name, key in removed.items()
        if name not in declared
    }
    chosen = [others[0] for others in fits.values() if len(others) == 1]
    unique = {name: others[0] for name, others in fits.items() if len(others) == 1 and chosen.count(others[0]) == 1}
    return {**unique, **declared}


def _removed(key: Key, renamed_to: Key | None) -> KeyChange:
    if renamed_to and renamed_to.renamed_from == key.name:
        what = f"renamed to {renamed_to.name}, which gets its value"
        return KeyChange(key.name, key.apps, what, touches_immutable=False)
    source = source_in_words(key.source)
    own = f"renamed to {renamed_to.name}, which gets its own value: {source}" if renamed_to else ""
    what = own or f"removed, was {source}"
    return KeyChange(key.name, key.apps, f"{what}; Infisical keeps the old value", key.immutable)


def _added(key: Key) -> KeyChange:
    immutable = ", immutable" if key.immutable else ""
    return KeyChange(key.name, key.apps, f"added: {source_in_words(key.source)}{immutable}", touches_immutable=False)


def _changed(old: Key, new: Key) -> Iterator[KeyChange]:
    def change(what: str) -> KeyChange:
        return KeyChange(new.name, new.apps, what, old.immutable)

    if isinstance(old.source, Generate) and isinstance(new.source, Generate) and old.source != new.source:
        edit = f"{source_in_words(old.source)} → {source_in_words(new.source)}"
        yield change(f"an edit that the update refuses: {edit}" if new.immutable else f"at the next rotation: {edit}")
    elif old.source != new.source:
        yield change(f"new source: {source_in_words(old.source)} → {source_in_words(new.source)}")
    if old.immutable and not new.immutable:
        yield change("no longer immutable")
    if new.immutable and not old.immutable:
        yield change("now immutable")
    if new.trigger and old.trigger != new.trigger:
        yield change(ROTATED)
    if old.trigger and not new.trigger:
        yield change(TRIGGER_REMOVED)
    if new.given is not None and old.given != new.given:
        yield change(f"value in the stack config {'added' if old.given is None else 'changed'}")
    if old.given is not None and new.given is None:
        yield change("value in the stack config removed")
    removed, added = sorted(map(str, old.places - new.places)), sorted(map(str, new.places - old.places))
    if removed and added:
        yield change(f"moved from {'; '.join(removed)} to {'; '.join(added)}")
    elif removed:
        yield change(f"no longer in {'; '.join(removed)}")
    elif added:
        # An additional reader does not affect the existing ones.
        yield KeyChange(new.name, new.apps, f"also in {'; '.join(added)}", touches_immutable=False)


def _encryption_key(base: Declared, head: Declared) -> Iterator[KeyChange]:
    old, new = base.config.get(_EARLIER_ENCRYPTION_KEY), head.config.get(_EARLIER_ENCRYPTION_KEY)
    if new is not None and new != old:
        what = f"`{_EARLIER_ENCRYPTION_KEY}` {'added' if old is None else 'changed'}"
        yield KeyChange(ENCRYPTION_KEY, "Infisical", what, touches_immutable=True)
    elif old is not None and new is None:
        what = f"`{_EARLIER_ENCRYPTION_KEY}` removed; the state keeps the key in use"
        yield KeyChange(ENCRYPTION_KEY, "Infisical", what, touches_immutable=False)


def _infisicals_own(base: Declared, head: Declared) -> Iterator[KeyChange]:
    """Triggers that belong to no app: those of Infisical's own keys."""
    old, new = _mapping(base.config.get(ROTATIONS)), _mapping(head.config.get(ROTATIONS))
    for name in sorted(old.keys() | new.keys()):
        of_an_app = any(each.homelab and each.homelab.keys.find(name) for each in (base, head))
        if not of_an_app and old.get(name) != new.get(name):
            what = ROTATED if name in new else TRIGGER_REMOVED
            yield KeyChange(name, "Infisical", what, touches_immutable=False)
