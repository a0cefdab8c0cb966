"""`renamedFrom`: the value of a key moves to a new name."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from declaration.problems import Problem, shown

if TYPE_CHECKING:
    from declaration.inventory import App


def clashes_of_renames(path: str, apps: tuple[App, ...], *, folder_per_app: bool) -> Iterator[Problem]:
    """A value can move to one name only, and only if no app reads the earlier one."""
    first: dict[tuple[str, str], tuple[str, str]] = {}
    for app in apps:
        others = (app,) if folder_per_app else apps
        readers = {key.name: other.name for other in others for key in other.keys}
        for key in app.keys:
            if not key.renamed_from:
                continue
            declared, old = f"{path}.{app.name}.keys.{key.name}.renamedFrom", key.renamed_from
            if old in readers:
                found = f"{shown(old)}, a key that {readers[old]} still reads"
                fix = f"rename {old} for {readers[old]} too, or remove `renamedFrom`"
                yield Problem(declared, found, "the name of a key that no app reads any more", fix)
            folder = app.name if folder_per_app else ""
            name, where = first.setdefault((folder, old), (key.name, f"{path}.{app.name}.keys.{key.name}"))
            if name != key.name:
                found = f"{shown(old)}, from which {where} is renamed too"
                yield Problem(
                    declared, found, "one key for each earlier name", "remove `renamedFrom` from one of the two"
                )
