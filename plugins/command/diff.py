"""
What changed between a command's state and its new inputs.

Paths and kinds are those of Pulumi's own object diff: lists by position, a secret as one value.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from tooling.plugin.properties import Properties, Secret, Value

Kind = Literal["ADD", "DELETE", "UPDATE"]
Path = tuple[str | int, ...]
Change = tuple[Path, Kind]


def differences(state: Properties, inputs: Properties, names: Iterable[str]) -> list[Change]:
    """The changes of the inputs `names`, in the order of their paths; the state also holds outputs."""
    old = {name: state[name] for name in names if name in state}
    return sorted(_objects(old, inputs, ()), key=lambda change: path_text(change[0]))


def _objects(old: Properties, new: Properties, at: Path) -> Iterator[Change]:
    for key in old.keys() | new.keys():
        before, after = old.get(key), new.get(key)
        if before is None and after is not None:
            yield (*at, key), "ADD"
        elif before is not None and after is None:
            yield (*at, key), "DELETE"
        else:
            yield from _values(before, after, (*at, key))


def _values(old: Value, new: Value, at: Path) -> Iterator[Change]:
    if isinstance(old, dict) and isinstance(new, dict):
        yield from _objects(old, new, at)
    elif isinstance(old, list) and isinstance(new, list):
        common = min(len(old), len(new))
        for index in range(common):
            yield from _values(old[index], new[index], (*at, index))
        for index in range(common, len(new)):
            yield (*at, index), "ADD"
        for index in range(common, len(old)):
            yield (*at, index), "DELETE"
    elif not equal(old, new):
        yield at, "ADD" if old is None else "DELETE" if new is None else "UPDATE"


def equal(old: Value, new: Value) -> bool:
    """Whether two property values are the same; `True` is not 1."""
    match old, new:
        case Secret(before), Secret(after):
            return equal(before, after)
        case dict(), dict():
            return not any(_objects(old, new, ()))
        case list(), list():
            return len(old) == len(new) and all(map(equal, old, new))
        case _:
            return isinstance(old, bool) == isinstance(new, bool) and bool(old == new)


def path_text(path: Path) -> str:
    """`environment.TOKEN`, `triggers[0]`, `environment["a.b"]`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        elif re.fullmatch(r"[A-Za-z0-9_]*", part):
            text += f".{part}" if text else part
        else:
            text += '["' + part.replace('"', r"\"") + '"]'
    return text
