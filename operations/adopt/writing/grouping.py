"""
Which app each ExternalSecret belongs to.

An ExternalSecret belongs to the app that is named after its namespace if its own name is the namespace's, or starts
with it and a `-`. The others belong to the app that is named after themselves, without `-secret` or `-secrets` at the
end; or after the shortest other name in the namespace with which their own name starts. An app's name is taken if an
app of a different namespace has it: then the namespace is put before it.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from typing import Final

from declaration.inventory.sources import SHARED
from declaration.kubernetes_names import label_name

_ENDING: Final = re.compile(r"(?<=[a-z0-9])[-.](secrets?|external-?secrets?|es)$")
_LONGEST: Final = 63

Place = tuple[str, str]
"""A namespace, and the name of a Secret."""


def group(places: Collection[Place], taken: Collection[str]) -> dict[Place, str]:
    """
    The app of each Secret.

    :param taken: the names of the apps that exist already
    """
    by_namespace: dict[str, list[str]] = defaultdict(list)
    for namespace, name in sorted(places):
        by_namespace[namespace].append(name)
    wanted = {
        (namespace, name): app for namespace, names in by_namespace.items() for name, app in _apps_of(namespace, names)
    }
    found: dict[Place, str] = {}
    owner: dict[str, str] = dict.fromkeys((*taken, SHARED), "")
    for place in sorted(places):
        namespace, app = place[0], wanted[place]
        for name in _names(namespace, app):
            if owner.setdefault(name, namespace) == namespace:
                found[place] = name
                break
    return found


def _apps_of(namespace: str, names: Sequence[str]) -> Iterator[tuple[str, str]]:
    bases = {name: _ENDING.sub("", name) for name in names}
    for name in names:
        base = bases[name]
        if base == namespace or base.startswith(f"{namespace}-"):
            yield name, namespace
            continue
        starts = [other for other in bases.values() if base == other or base.startswith(f"{other}-")]
        yield name, min(starts, key=len)


def _names(namespace: str, app: str) -> Iterator[str]:
    """The names to try, in this order."""
    for text in (app, f"{namespace}-{app}"):
        name = re.sub(r"[^a-z0-9-]+", "-", text)[:_LONGEST].strip("-")
        if not label_name(name):
            yield name
    number = 2
    while True:
        yield f"{namespace[: _LONGEST - 8]}-app-{number}"
        number += 1
