"""The lines that declare keys which no app reads, with placeholders that the program refuses."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from declaration import SHARED, Problem, Store
from declaration.kubernetes_names import label_name
from operations.adopt.infisical.comparison import ComparedKey
from operations.adopt.objects import mapping
from operations.adopt.writing.declared import INLINE, Declared
from operations.adopt.writing.yaml_writer import as_yaml

APP: Final = "<app>"
NAMESPACE: Final = "<namespace>"
_ANY: Final = "any"


@dataclass(frozen=True)
class Proposal:
    """
    Fields to add: of a new app, or of one that is declared.

    :param app: its name, or a placeholder
    :param path: the keys that lead to `fields` in a declared app; empty for its own
    """

    app: str
    fields: Mapping[str, Any]
    path: tuple[str, ...] = ()

    @property
    def nested(self) -> Mapping[str, Any]:
        """The fields within the app."""
        fields = self.fields
        for name in reversed(self.path):
            fields = {name: fields}
        return fields


@dataclass(frozen=True)
class Unfit:
    """A key that the declaration cannot name, and why."""

    folder: str
    name: str
    reason: str


def propose(
    keys: Iterable[ComparedKey], declared: Declared, store: Store
) -> tuple[tuple[Proposal, ...], tuple[Unfit, ...]]:
    """:param keys: those that no app reads"""
    proposals: list[Proposal] = []
    unfit: list[Unfit] = []
    by_folder: dict[str, list[str]] = {}
    for key in keys:
        if reason := _refused(key, declared, store):
            unfit.append(Unfit(key.folder, key.name, reason))
        else:
            by_folder.setdefault(key.folder, []).append(key.name)
    taken = {SHARED, *declared.inventory}
    for folder, names in sorted(by_folder.items()):
        proposal = _for_its_app(folder, names, declared, store) or _for_a_new_app(folder, names, taken, store)
        taken.add(proposal.app)
        proposals.append(proposal)
    return tuple(proposals), tuple(unfit)


def as_lines(proposals: Sequence[Proposal], declared: Declared) -> str:
    """The YAML to add: to the stack file, or to the apps' own files."""
    inline = mapping(declared.config.get(INLINE))
    in_files = {each.app for each in proposals if declared.folder and each.app not in inline}
    own = {each.app: each.nested for each in proposals if each.app not in in_files}
    blocks = [f"# {declared.file.name}\n{as_yaml({'config': {INLINE: own}})}"] if own else []
    blocks += [
        f"# {declared.folder}/{each.app}.yaml\n{as_yaml(each.nested)}" for each in proposals if each.app in in_files
    ]
    return "\n".join(blocks)


def _refused(key: ComparedKey, declared: Declared, store: Store) -> str:
    """Why the program would refuse the key; empty if it would not."""
    app = {"namespace": _ANY, **_place(key.folder, _ANY, store), **_keys([key.name])}
    problems: list[Problem] = []
    declared.parse({_ANY: app}, store, problems)
    return "; ".join(f"found {each.found}; expected {each.expected}" for each in problems[:1])


def _for_its_app(folder: str, names: Sequence[str], declared: Declared, store: Store) -> Proposal | None:
    """For the only app whose own folder this is, if it has one Secret. A folder that apps share belongs to none."""
    owners = [app for app in declared.apps if folder in _own_folders(declared, app.name, store)]
    if len(owners) != 1 or len(owners[0].secrets) != 1 or folder == store.secrets_path:
        return None
    (secret,) = owners[0].secrets
    return Proposal(owners[0].name, _keys(names), () if secret.is_short else ("secrets", secret.name))


def _own_folders(declared: Declared, app: str, store: Store) -> Iterator[str]:
    """The folder in which a key of the app is that names none."""
    fields = mapping(declared.inventory.get(app))
    secrets = [mapping(each).get("folder") for each in mapping(fields.get("secrets")).values()]
    yield from {str(each or fields.get("folder") or store.folder(app)) for each in secrets or [None]}


def _for_a_new_app(folder: str, names: Sequence[str], taken: Collection[str], store: Store) -> Proposal:
    last = folder.rpartition("/")[2].lower().replace("_", "-")
    placeholders = (f"<app-{number}>" for number in itertools.count(2))
    candidates = itertools.chain([] if label_name(last) else [last], [APP], placeholders)
    name = next(each for each in candidates if each not in taken)
    return Proposal(name, {"namespace": NAMESPACE, **_place(folder, name, store), **_keys(names)})


def _place(folder: str, app: str, store: Store) -> dict[str, str]:
    return {} if folder == store.folder(app) else {"folder": folder}


def _keys(names: Sequence[str]) -> dict[str, Any]:
    return {"keys": {name: {"source": "manual"} for name in names}}
