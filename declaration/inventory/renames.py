"""`renamedFrom`: the value of a key moves to a new name."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass

from declaration.problems import Problem, shown


@dataclass(frozen=True)
class Renaming:
    """A key that an app reads, and the name that it had before, empty for none. `path` is where it is declared."""

    app: str
    folder: str
    name: str
    earlier: str
    path: str


def clashes_of_renames(keys: Collection[Renaming]) -> Iterator[Problem]:
    """A value can move to one name only, and only if no app reads the earlier one."""
    first: dict[tuple[str, str], Renaming] = {}
    readers = {(key.folder, key.name): key.app for key in keys}
    for key in keys:
        if key.earlier in ("", key.name):
            continue
        if reader := readers.get((key.folder, key.earlier)):
            yield Problem(
                f"{key.path}.renamedFrom",
                f"{shown(key.earlier)}, a key that {reader} still reads",
                "the name of a key that no app reads any more",
                f"rename or remove {key.earlier} in {reader}, or remove `renamedFrom`",
            )
        other = first.setdefault((key.folder, key.earlier), key)
        if other.name != key.name:
            yield Problem(
                f"{key.path}.renamedFrom",
                f"{shown(key.earlier)}, from which {other.path} is renamed too",
                "one key for each earlier name",
                "remove `renamedFrom` from one of the two",
            )
