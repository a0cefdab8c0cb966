"""Writes the meaning of an ExternalSecret as the fields of a Secret of an app, in the shortest form."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from declaration.inventory.durations import canonical
from operations.adopt.content.meaning import Meaning
from operations.adopt.content.values import Composed, Literal, Remote, with_renamed_fields
from operations.adopt.writing.shorthands import with_shorthands

Fields = dict[str, Any]

_MANUAL: Final[Mapping[str, Any]] = {"source": "manual"}
_KEY_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class DeclaredKeys:
    """
    How the declaration already makes the value of a key, by its folder and name: all apps must agree.

    :param shared: the names of keys in `homelab:shared`
    """

    made: Mapping[tuple[str, str], Mapping[str, Any]] = field(default_factory=dict)
    shared: Mapping[tuple[str, str], str] = field(default_factory=dict)


def declared_fields(meaning: Meaning, folder: str, declared: DeclaredKeys) -> Fields:
    """
    The Secret's fields, without its name and namespace.

    Every key is `source: manual`: its value is in Infisical. The keys of a store of the owner have no source.

    :param folder: the folder of the app's keys
    """
    literals = {name: value.text for name, value in meaning.values.items() if isinstance(value, Literal)}
    shown = {name: value for name, value in meaning.values.items() if isinstance(value, Remote)}
    hidden, templates = _hidden(meaning, shown)
    own_folder = "" if meaning.store else _most_frequent([*shown.values(), *hidden.values()], folder)
    keys = _Keys(own_folder, DeclaredKeys() if meaning.store else declared, {} if meaning.store else _MANUAL)
    for name, remote in hidden.items():
        keys.add(name, remote, [])
    by_remote: dict[Remote, list[str]] = {}
    for name, remote in shown.items():
        by_remote.setdefault(remote, []).append(name)
    for remote, names in by_remote.items():
        keys.add(keys.free_name(remote, names), remote, names)
    fields: Fields = {
        "store": dict(zip(("kind", "name"), meaning.store, strict=True)) if meaning.store else {},
        "folder": own_folder if own_folder != folder else "",
        "keys": keys.entries,
        "dataFrom": {each.path: _whole_folder(each) for each in meaning.folders},
        "literals": literals,
        "template": templates,
        "type": "" if meaning.type == "Opaque" else meaning.type,
        "labels": _texts(meaning.labels),
        "annotations": _texts(meaning.annotations),
        "refreshInterval": _short(meaning.refresh_interval),
        "creationPolicy": "" if meaning.creation_policy == "Owner" else meaning.creation_policy,
        "immutable": meaning.immutable,
        "adopt": True,
        "externalSecret": "" if meaning.name == meaning.secret else meaning.name,
    }
    return {name: value for name, value in with_shorthands(fields).items() if value}


def _hidden(meaning: Meaning, shown: Mapping[str, Remote]) -> tuple[dict[str, Remote], dict[str, str]]:
    """What only templates read, by a name that no key of the Secret has; and the templates with these names."""
    composed = {name: value for name, value in meaning.values.items() if isinstance(value, Composed)}
    read = {name for value in composed.values() for name in (meaning.fields if value.reads_all else value.reads)}
    read |= meaning.fields.keys() if meaning.hides_fields else set()
    hidden: dict[str, Remote] = {}
    renamed: dict[str, str] = {}
    for name, remote in meaning.fields.items():
        if name not in read or shown.get(name) == remote:
            continue
        # A template cannot read a field that has the name of a key with a different value.
        unused = name
        while unused in meaning.values or unused in hidden:
            unused = f"{unused}_VALUE"
        hidden[unused] = remote
        if unused != name:
            renamed[name] = unused
    texts = {
        name: with_renamed_fields(value.text, renamed) if renamed else value.text for name, value in composed.items()
    }
    return hidden, texts


@dataclass
class _Keys:
    """
    `keys` of a Secret.

    :param folder: that of the Secret
    :param source: how the value of a key is made that is not declared yet
    """

    folder: str
    declared: DeclaredKeys
    source: Mapping[str, Any]
    entries: dict[str, Fields] = field(default_factory=dict)

    def free_name(self, remote: Remote, secret_keys: list[str]) -> str:
        """The name of an entry: that in Infisical, unless a different entry has it."""
        identity = (remote.folder, remote.name)
        candidates = [self.declared.shared.get(identity, remote.name), *secret_keys]
        candidates += [re.sub(r"[^A-Za-z0-9_]", "_", name).upper() for name in secret_keys]
        fitting = [name for name in candidates if _KEY_NAME.fullmatch(name) and name not in self.entries]
        if fitting:
            return fitting[0]
        number = 2
        while f"{remote.name}_{number}" in self.entries:
            number += 1
        return f"{remote.name}_{number}"

    def add(self, entry: str, remote: Remote, secret_keys: list[str]) -> None:
        identity = (remote.folder, remote.name)
        if self.declared.shared.get(identity) == entry:
            fields: Fields = {"source": "shared"}
        else:
            fields = {
                **self.declared.made.get(identity, self.source),
                "key": "" if entry == remote.name else remote.name,
                "folder": "" if remote.folder == self.folder else remote.folder,
            }
        fields |= {
            "property": remote.json_property,
            "decodingStrategy": "" if remote.decoding == "None" else remote.decoding,
        }
        self.entries[entry] = {name: value for name, value in fields.items() if value not in ("", None)}
        if secret_keys != [entry]:
            self.entries[entry]["secretKeys"] = secret_keys


def _most_frequent(remotes: list[Remote], default: str) -> str:
    """The folder of most keys: that of the app if it is among the most frequent."""
    counted = Counter(remote.folder for remote in remotes)
    return min(counted, key=lambda each: (-counted[each], each != default, each)) if counted else default


def _whole_folder(folder: Any) -> Fields:
    fields: Fields = {"include": folder.include, "exclude": folder.exclude}
    found: Fields = {name: value for name, value in fields.items() if value}
    if folder.source:
        found["rename"] = {"source": folder.source, "target": folder.target}
    return found


def _texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {name: value.text for name, value in values.items() if isinstance(value, Literal | Composed)}


def _short(interval: str) -> str:
    """A duration without the parts that are zero; empty for the default."""
    text = canonical(interval)
    if text == canonical("1h") and interval == text:
        return ""
    if interval != text:
        return interval
    return re.sub(r"(?<=[hm])0[ms]", "", re.sub(r"(?<=h)0m0s$", "", text)) or text
