"""
Who owns which fields of a live object.

The API server keeps, for each field manager, the set of fields that it set: `{"f:spec": {"f:size": {}}}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plugins.kubernetes.changes import Path, parse_path
from plugins.kubernetes.cluster import CREATOR, Cluster
from plugins.kubernetes.manifest import Manifest, kind_of, metadata, name_of, namespace_of
from plugins.protocol.properties import reveal

FieldSet = dict[str, Any]
Entry = dict[str, Any]

TAKEN_OVER = (
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    (CREATOR, "Update"),
    ("pulumi-resource-kubernetes", "Update"),
)
"""Managers, by the start of their names, whose fields an update makes its own."""


def entries(live: Manifest) -> list[Entry]:
    managed = metadata(live).get("managedFields")
    return managed if isinstance(managed, list) else []


def is_creators(live: Manifest) -> bool:
    """Whether the provider owns fields from the creation, which a real update would first take over."""
    return any(
        entry.get("operation") == "Update"
        and entry.get("manager") in (CREATOR, f"{CREATOR}.exe", "pulumi-resource-kubernetes")
        for entry in entries(live)
    )


def taken_over(live: Manifest, manager: str) -> list[Entry] | None:
    """
    The entries with `manager` in place of those whose fields it takes over; None where there is nothing to take.

    Only what it owns disappears when it is no longer applied.
    """
    own = next((e for e in entries(live) if e.get("manager") == manager and e.get("operation") == "Apply"), None)
    kept: list[Entry] = []
    taken = False
    for entry in entries(live):
        if entry is own:
            continue
        if not _is_taken_over(entry):
            kept.append(entry)
            continue
        taken = True
        if own is None:
            own = {**entry, "manager": manager, "operation": "Apply"}
        else:
            own = {**own, "fieldsV1": _merged(own.get("fieldsV1") or {}, entry.get("fieldsV1") or {})}
    return [*kept, own] if taken and own is not None else None


def _is_taken_over(entry: Entry) -> bool:
    return not entry.get("subresource") and any(
        str(entry.get("manager")).startswith(name) and entry.get("operation") == operation
        for name, operation in TAKEN_OVER
    )


def _merged(a: FieldSet, b: FieldSet) -> FieldSet:
    return {key: _merged(a.get(key) or {}, b.get(key) or {}) for key in {**a, **b}}


async def take_over(cluster: Cluster, live: Manifest, manager: str) -> Manifest:
    """Make the fields of the creation, and of kubectl, the manager's own."""
    owners = taken_over(live, manager)
    if owners is None:
        return live
    operations = [
        {"op": "replace", "path": "/metadata/managedFields", "value": owners},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live["metadata"]["resourceVersion"]},
    ]
    return await cluster.patch(live, operations)


async def relinquish(cluster: Cluster, manifest: Manifest, manager: str) -> None:
    """Give up all fields of a manager: those that nobody else owns disappear, the rest of the object stays."""
    live = await cluster.find(kind_of(manifest), namespace_of(manifest), name_of(manifest))
    if live is None:
        return
    identity: Manifest = {"name": name_of(live), "uid": metadata(live).get("uid")}
    if namespace_of(live):
        identity["namespace"] = namespace_of(live)
    # With the uid it cannot create the object anew where it has gone meanwhile.
    nothing: Manifest = {"apiVersion": manifest["apiVersion"], "kind": manifest["kind"], "metadata": identity}
    await cluster.apply(nothing, manager, force=False, dry_run=False)


def with_ignored_fields(inputs: Manifest, live: Manifest, manager: str, ignored: Iterable[str]) -> Manifest:
    """The inputs with ignored fields left to their other owners, or else as they are in the live object."""
    ours: FieldSet = {}
    theirs: FieldSet = {}
    for entry in entries(live):
        if entry.get("manager") == manager:
            ours = _merged(ours, entry.get("fieldsV1") or {})
        else:
            theirs = _merged(theirs, entry.get("fieldsV1") or {})
    result: Manifest = reveal(inputs)
    for written in ignored:
        path = parse_path(written)
        if owns(theirs, path) and not owns(ours, path):
            _remove(result, path)
        elif (value := _value(live, path)) is not None:
            _set(result, path, value)
    return result


def owns(fields: Mapping[str, Any], path: Path) -> bool:
    """Whether a field set has the field, or something in it."""
    for part in path:
        if not isinstance(part, str) or f"f:{part}" not in fields:
            return False
        fields = fields[f"f:{part}"]
    return True


def _value(manifest: Any, path: Path) -> Any:
    for part in path:
        if isinstance(part, int) and isinstance(manifest, list) and part < len(manifest):
            manifest = manifest[part]
        elif isinstance(part, str) and isinstance(manifest, dict):
            manifest = manifest.get(part)
        else:
            return None
    return manifest


def _set(manifest: Manifest, path: Path, value: Any) -> None:
    *around, last = path
    place: Any = manifest
    for part in around:
        if isinstance(place, dict):
            place = place.setdefault(str(part), {})
        elif isinstance(place, list) and isinstance(part, int) and part < len(place):
            place = place[part]
    if isinstance(place, dict):
        place[str(last)] = value
    elif isinstance(place, list) and isinstance(last, int) and last < len(place):
        place[last] = value


def _remove(manifest: Manifest, path: Path) -> None:
    *around, last = path
    place = _value(manifest, tuple(around))
    if isinstance(place, dict):
        place.pop(str(last), None)
