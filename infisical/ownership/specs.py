"""A takeover of an ExternalSecret: the fields that would stay, and whether its Secret holds copies only."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

_WRITTEN: Final = frozenset(
    {
        "refreshInterval",
        "secretStoreRef",
        "data",
        "target.name",
        "target.creationPolicy",
        "target.deletionPolicy",
        "target.template.engineVersion",
        "target.template.mergePolicy",
        "target.template.metadata.labels",
    }
)
"""What the program writes into each ExternalSecret; `data` unless all keys come from whole folders."""
_CONTAINERS: Final = frozenset(
    {
        *("target", "target.template", "target.template.metadata"),
        *("target.template.data", "target.template.metadata.annotations"),
    }
)
_TEMPLATES: Final = "target.template.data."
_DEFAULTS: Final = {"refreshPolicy": "Periodic", "target.immutable": False, "target.template.type": "Opaque"}
_EMPTY: Final[tuple[object, ...]] = ({}, [], None, "")


def other_fields(spec: Mapping[str, Any], ours: Mapping[str, Any]) -> list[str]:
    """
    The paths of fields with an effect that server-side apply would keep, such as `syncWindows`.

    :param ours: the spec that the program writes; lists in it replace those that exist
    """
    written = _WRITTEN - {"data"} if ours and "data" not in ours else _WRITTEN
    fields = {str(entry.get("secretKey")) for entry in ours.get("data") or ()}
    found = _others("", spec, ours, written)
    return sorted(path for path, value in found if not _repeats_key(path, value, fields))


def delivers(external_secret: Mapping[str, Any]) -> bool:
    """
    Whether every value of its Secret is in a store: the operator has read them all, and has generated none.

    The Secret of such an ExternalSecret never holds the last copy of a value.
    """
    conditions = (external_secret.get("status") or {}).get("conditions") or []
    is_ready = any(each.get("type") == "Ready" and each.get("status") == "True" for each in conditions)
    return is_ready and '"generatorRef"' not in json.dumps(external_secret.get("spec") or {})


def _others(
    prefix: str, fields: Mapping[str, Any], ours: Mapping[str, Any], written: frozenset[str]
) -> Iterator[tuple[str, Any]]:
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if path in written or value in _EMPTY or _DEFAULTS.get(path) == value:
            continue
        if path in _CONTAINERS and isinstance(value, Mapping):
            yield from _others(f"{path}.", value, ours.get(name) or {}, written)
        elif name not in ours:
            yield path, value


def _repeats_key(path: str, value: Any, fields: set[str]) -> bool:
    """Whether it is a template that only writes a key of the same name, which the program writes too."""
    name = path.removeprefix(_TEMPLATES)
    if name == path or name not in fields:
        return False
    known = re.escape(name)
    return bool(re.fullmatch(rf'\{{\{{\s*(\.{known}|index \. "{known}")\s*\}}\}}', str(value)))
