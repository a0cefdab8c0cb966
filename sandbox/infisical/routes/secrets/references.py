"""References in values: `${KEY}` in the same folder, `${environment.folder.KEY}` anywhere in the project."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

REFERENCE = re.compile(r"\$\{([A-Za-z0-9_.-]+)\}")
DEEPEST = 10


class Spot(NamedTuple):
    """Where a secret is."""

    environment: str
    path: str
    name: str


def expand(value: str, at: Spot, look_up: Callable[[Spot, Spot], str], above: tuple[Spot, ...] = ()) -> str:
    """
    The value with every reference replaced, silently by nothing where there is no such secret.

    :param at: where the value is
    :param look_up: the value of a secret, asked for from another; empty when there is none
    """

    def replaced(match: re.Match[str]) -> str:
        target = _target(match[1], at)
        if target in (*above, at) or len(above) >= DEEPEST:
            return ""
        return expand(look_up(target, at), target, look_up, (*above, at))

    return REFERENCE.sub(replaced, value)


def _target(reference: str, at: Spot) -> Spot:
    *place, name = reference.split(".")
    if not place:
        return Spot(at.environment, at.path, name)
    environment, *folders = place
    return Spot(environment, "/" + "/".join(folders), name)
