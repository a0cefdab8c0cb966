"""The fields of an ExternalSecret that a takeover would leave, although the program does not write them."""

from __future__ import annotations

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
_CONTAINERS: Final = frozenset({"target", "target.template", "target.template.metadata"})
_DEFAULTS: Final = {"refreshPolicy": "Periodic", "target.immutable": False}
_EMPTY: Final[tuple[object, ...]] = ({}, [], None, "")


def other_fields(spec: Mapping[str, Any]) -> list[str]:
    """The paths of fields with an effect that server-side apply would keep, such as `dataFrom`."""
    return sorted(_others("", spec))


def _others(prefix: str, fields: Mapping[str, Any]) -> Iterator[str]:
    for name, value in fields.items():
        path = f"{prefix}{name}"
        if path in _WRITTEN or value in _EMPTY or _DEFAULTS.get(path) == value:
            continue
        if path in _CONTAINERS and isinstance(value, Mapping):
            yield from _others(f"{path}.", value)
        else:
            yield path
