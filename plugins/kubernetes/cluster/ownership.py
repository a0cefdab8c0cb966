"""
Which field manager owns which fields of a live object.

For each field manager, the API server keeps the fields that it set: `{"f:spec": {"f:size": {}}}`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from plugins.kubernetes.cluster.cluster import CREATOR, Cluster
from plugins.kubernetes.objects.kubernetes_object import KubernetesObject
from plugins.kubernetes.objects.paths import Path, parse_path
from tooling.plugin.properties import reveal

FieldSet = dict[str, Any]
Entry = dict[str, Any]

TAKEN_OVER = (
    ("kubectl", "Apply"),
    ("kubectl", "Update"),
    ("before-first-apply", "Update"),
    (CREATOR, "Update"),
    ("pulumi-resource-kubernetes", "Update"),
)
"""An update takes over the fields of managers whose names start like this."""


def entries(live: KubernetesObject) -> list[Entry]:
    managed = live.metadata.get("managedFields")
    return managed if isinstance(managed, list) else []


def is_creators(live: KubernetesObject) -> bool:
    """Whether the creation owns fields, which a real update would first take over."""
    return any(
        entry.get("operation") == "Update"
        and entry.get("manager") in (CREATOR, f"{CREATOR}.exe", "pulumi-resource-kubernetes")
        for entry in entries(live)
    )


def taken_over(live: KubernetesObject, manager: str) -> list[Entry] | None:
    """
    The entries after `manager` has taken over fields; None if there are no such fields.

    A field that is no longer applied only disappears if the manager owns it.
    """
    applied = (e for e in entries(live) if e.get("manager") == manager and e.get("operation") == "Apply")
    own: Entry | None = next(applied, None)
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


async def take_over(cluster: Cluster, live: KubernetesObject, manager: str) -> KubernetesObject:
    """Give the fields of the creation and of kubectl to the manager."""
    owners = taken_over(live, manager)
    if owners is None:
        return live
    operations: list[dict[str, Any]] = [
        {"op": "replace", "path": "/metadata/managedFields", "value": owners},
        {"op": "replace", "path": "/metadata/resourceVersion", "value": live.version},
    ]
    return await cluster.patch(live, operations)


async def relinquish(cluster: Cluster, owned: KubernetesObject, manager: str) -> None:
    """Release all fields of a manager: fields without another owner disappear, the rest of the object stays."""
    live = await cluster.find(owned.kind, owned.namespace, owned.name)
    if live is None:
        return
    identity = {"name": live.name, "uid": live.uid, "namespace": live.namespace}
    # With its uid, the request cannot recreate an object that was deleted meanwhile.
    nothing = {
        "apiVersion": owned.api_version,
        "kind": owned.kind.name,
        "metadata": {key: value for key, value in identity.items() if value},
    }
    await cluster.apply(KubernetesObject.from_body(nothing), manager, force=False, dry_run=False)


def with_ignored_fields(
    inputs: KubernetesObject, live: KubernetesObject, manager: str, ignored: Iterable[str]
) -> KubernetesObject:
    """The inputs, with each ignored field left to its other owner, or as it is in the live object."""
    ours: FieldSet = {}
    theirs: FieldSet = {}
    for entry in entries(live):
        if entry.get("manager") == manager:
            ours = _merged(ours, entry.get("fieldsV1") or {})
        else:
            theirs = _merged(theirs, entry.get("fieldsV1") or {})
    body = reveal(inputs.body)
    for written in ignored:
        path = parse_path(written)
        if owns(theirs, path) and not owns(ours, path):
            _remove(body, path)
        elif (value := _value(live.body, path)) is not None:
            _set(body, path, value)
    return KubernetesObject.from_body(body)


def owns(fields: Mapping[str, Any], path: Path) -> bool:
    """Whether a field set contains the field, or a field inside it."""
    for part in path:
        if not isinstance(part, str) or f"f:{part}" not in fields:
            return False
        fields = fields[f"f:{part}"]
    return True


def _value(body: Any, path: Path) -> Any:
    for part in path:
        if isinstance(part, int) and isinstance(body, list) and part < len(body):
            body = body[part]
        elif isinstance(part, str) and isinstance(body, dict):
            body = body.get(part)
        else:
            return None
    return body


def _set(body: Any, path: Path, value: Any) -> None:
    *around, last = path
    place: Any = body
    for part in around:
        if isinstance(place, dict):
            place = place.setdefault(str(part), {})
        elif isinstance(place, list) and isinstance(part, int) and part < len(place):
            place = place[part]
    if isinstance(place, dict):
        place[str(last)] = value
    elif isinstance(place, list) and isinstance(last, int) and last < len(place):
        place[last] = value


def _remove(body: Any, path: Path) -> None:
    *around, last = path
    place = _value(body, tuple(around))
    if isinstance(place, dict):
        place.pop(str(last), None)
