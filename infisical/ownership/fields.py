"""
The fields of an object that others changed, although the program declares them.

The API server keeps the fields that each manager has set: `{"f:spec": {"f:size": {}}}`. A manager that changes a field
takes it from all others. The next server-side apply of a different value is a conflict.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from infisical.ownership.managers import Metadata

Path = tuple[str, ...]


@dataclass(frozen=True)
class Claim:
    """A declared field that another manager has set; `entry` is the manager's place in `metadata.managedFields`."""

    path: Path
    manager: str
    entry: int

    @property
    def shown(self) -> str:
        """The field as the API server writes it."""
        return "".join(f".{part}" for part in self.path)


def claims(metadata: Metadata, declared: Mapping[str, Any], is_ours: Callable[[str], bool]) -> list[Claim]:
    """What others have set of the declared fields."""
    return [
        Claim(path, str(entry.get("manager")), number)
        for number, entry in enumerate(metadata.get("managedFields") or [])
        if not entry.get("subresource") and not is_ours(str(entry.get("manager")))
        for path in _set_by((), entry.get("fieldsV1") or {}, declared)
    ]


def changed(
    claims: Sequence[Claim],
    metadata: Metadata,
    live: Mapping[str, Any],
    declared: Mapping[str, Any],
    is_ours: Callable[[str], bool],
) -> list[Claim]:
    """
    Those of the claims whose field has a value that the program did not write.

    The value of a secret field is not compared. It was changed if the program no longer owns it.
    """
    ours = [
        entry.get("fieldsV1") or {}
        for entry in metadata.get("managedFields") or []
        if is_ours(str(entry.get("manager")))
    ]

    def is_changed(claim: Claim) -> bool:
        wanted = _at(declared, claim.path)
        if not _matches(_at(live, claim.path), wanted):
            return True
        return _has_secret(wanted) and not any(_owns(fields, claim.path) for fields in ours)

    return [claim for claim in claims if is_changed(claim)]


def release(claims: Sequence[Claim]) -> str:
    """The JSON patch with which the claims' managers give up the object. Its fields keep their values."""
    operations = []
    # From the last to the first: each removal moves those behind it.
    for number, manager in sorted({(claim.entry, claim.manager) for claim in claims}, reverse=True):
        place = f"/metadata/managedFields/{number}"
        operations += [
            {"op": "test", "path": f"{place}/manager", "value": manager},
            {"op": "remove", "path": place},
        ]
    return json.dumps(operations)


def _set_by(path: Path, fields: Mapping[str, Any], declared: Mapping[str, Any]) -> Iterator[Path]:
    for name, value in declared.items():
        inner = fields.get(f"f:{name}")
        if inner is None:
            continue
        if not (isinstance(value, Mapping) and value) or not inner:
            yield (*path, name)
        else:
            # With "." alone, the manager has set only that the mapping exists.
            yield from _set_by((*path, name), inner, value)


def _owns(fields: Mapping[str, Any], path: Path) -> bool:
    for part in path:
        inner = fields.get(f"f:{part}")
        if inner is None:
            return False
        if not inner:
            return True
        fields = inner
    return True


def _at(body: Any, path: Path) -> Any:
    for part in path:
        body = body.get(part) if isinstance(body, Mapping) else None
    return body


def _matches(live: Any, declared: Any) -> bool:
    """Whether the live value has all that is declared. It may have more, such as defaults. None matches anything."""
    if declared is None:
        return True
    if isinstance(declared, Mapping):
        return isinstance(live, Mapping) and all(_matches(live.get(key), value) for key, value in declared.items())
    if isinstance(declared, list):
        return (
            isinstance(live, list)
            and len(live) == len(declared)
            and all(_matches(found, wanted) for found, wanted in zip(live, declared, strict=True))
        )
    return bool(live == declared)


def _has_secret(declared: Any) -> bool:
    if isinstance(declared, Mapping):
        return any(map(_has_secret, declared.values()))
    return declared is None
