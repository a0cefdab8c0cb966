"""
References in values: `${KEY}` in the same folder, `${environment.folder.KEY}` anywhere in the project.

A reference to a different project, `${@slug.environment.KEY}`, stays text: it needs a licence.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

REFERENCE = re.compile(r"\$\{([A-Za-z0-9_.@-]+)\}")
OTHER_PROJECT = "@"
DEEPEST = 10


class Spot(NamedTuple):
    """Where a secret is."""

    environment: str
    path: str
    name: str


def expand(value: str, at: Spot, look_up: Callable[[Spot, Spot], str]) -> str:
    """
    The value with its references replaced, as the real server does it.

    Each secret's references are replaced everywhere in the value. A secret that is already expanded is not expanded
    again: so a circle of references stays text. A missing secret is replaced by an empty string.

    :param at: where the value is
    :param look_up: the value of a secret, for the secret that refers to it; empty if it does not exist
    """
    expanded = value
    waiting = [(value, at, frozenset({at}))]
    while waiting:
        text, place, seen = waiting.pop()
        if len(seen) > DEEPEST + 1:
            continue
        for match in REFERENCE.finditer(text):
            if match[1].startswith(OTHER_PROJECT):
                continue
            target = _target(match[1], place)
            found = look_up(target, at)
            if REFERENCE.search(found) and target not in seen:
                waiting.append((found, target, seen | {target}))
            expanded = expanded.replace(match[0], found)
    return expanded


def _target(reference: str, at: Spot) -> Spot:
    *place, name = reference.split(".")
    if not place:
        return Spot(at.environment, at.path, name)
    environment, *folders = place
    return Spot(environment, "/" + "/".join(folders), name)
