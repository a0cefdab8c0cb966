"""
References in values: `${KEY}` in the same folder, `${environment.folder.KEY}` anywhere in the project.

`${@project.environment.folder.KEY}` names a secret of another project. It is replaced only with a grant, and this fake
has no grants.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

REFERENCE = re.compile(r"\$\{([a-zA-Z0-9_.@-]+)\}")
DEEPEST = 10


class Spot(NamedTuple):
    """Where a secret is."""

    environment: str
    path: str
    name: str


def expand(value: str, at: Spot, look_up: Callable[[Spot, Spot], str]) -> str:
    """
    The value with its references replaced. A reference to a missing secret becomes empty.

    Like the real server, it replaces strings: a circular reference is replaced once more, and then stays.

    :param at: where the value is
    :param look_up: the value of a secret, requested for a secret that refers to it; empty if it does not exist
    """
    expanded = value
    pending = [(value, at, frozenset({at}), 0)]
    while pending:
        text, here, above, depth = pending.pop()
        if depth > DEEPEST:
            continue
        for reference in REFERENCE.findall(text):
            if reference.startswith("@") and "." in reference:
                continue
            target = _target(reference, here)
            found = look_up(target, at)
            if REFERENCE.search(found) and target not in above:
                pending.append((found, target, above | {target}, depth + 1))
            expanded = expanded.replace(f"${{{reference}}}", found)
    return expanded


def _target(reference: str, at: Spot) -> Spot:
    *place, name = reference.split(".")
    if not place:
        return Spot(at.environment, at.path, name)
    environment, *folders = place
    return Spot(environment, "/" + "/".join(folders), name)
