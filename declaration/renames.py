"""`renamedFrom`: the value of a key moves to a new name."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from declaration.problems import Problem, shown

Names = Mapping[str, str]
"""By key, the name that it had before; empty if it had none."""


def clashes_of_renames(path: str, apps: Mapping[str, Names], *, folder_per_app: bool) -> Iterator[Problem]:
    """
    A value can move to one name only, and only if no app reads the earlier one.

    :param apps: the keys of each app
    :param folder_per_app: whether keys of one name in two apps are two keys
    """
    first: dict[tuple[str, str], tuple[str, str]] = {}
    readers = {key: app for app, names in apps.items() for key in names}
    for app, names in apps.items():
        if folder_per_app:
            readers = dict.fromkeys(names, app)
        for key, earlier in names.items():
            if earlier in ("", key):
                continue
            declared = f"{path}.{app}.keys.{key}"
            if earlier in readers:
                yield Problem(
                    f"{declared}.renamedFrom",
                    f"{shown(earlier)}, a key that {readers[earlier]} still reads",
                    "the name of a key that no app reads any more",
                    f"rename or remove {earlier} in {readers[earlier]}, or remove `renamedFrom`",
                )
            other, where = first.setdefault((app if folder_per_app else "", earlier), (key, declared))
            if other != key:
                yield Problem(
                    f"{declared}.renamedFrom",
                    f"{shown(earlier)}, from which {where} is renamed too",
                    "one key for each earlier name",
                    "remove `renamedFrom` from one of the two",
                )
