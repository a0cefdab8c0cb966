"""What an update would do to a resource, from its state and its new inputs alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.kubernetes.bookkeeping import read_state
from plugins.kubernetes.changes import Change, changes, covers, parse_path
from plugins.kubernetes.immutable import IDENTITY, immutable_fields
from plugins.kubernetes.inputs import canonical, pruned
from plugins.kubernetes.kinds import is_patch
from plugins.kubernetes.manifest import (
    AUTONAMED,
    Manifest,
    annotation,
    is_named,
    kind_of,
    metadata,
    name_of,
    namespace_of,
    set_namespace,
    to_manifest,
)
from plugins.protocol.properties import Value


@dataclass(frozen=True)
class Difference:
    """The changes, and whether a replacement has to delete the old object first (the new one has its name)."""

    changes: list[Change]
    delete_before_replace: bool


@dataclass(frozen=True)
class Mutability:
    """What the provider's configuration lets an update change in place."""

    secrets: bool = False
    config_maps: bool = False


def difference(
    token: str,
    state: Mapping[str, Value],
    news: Mapping[str, Value],
    *,
    namespaced: bool,
    mutability: Mutability,
    ignored: Iterable[str] = (),
) -> Difference:
    """
    Compare the live object, reduced to what its inputs said, with the new inputs.

    :param namespaced: whether the kind's objects live in namespaces
    :param ignored: property paths that the program does not want compared
    """
    record = read_state(state)
    new = canonical(to_manifest(news))
    old = pruned(record.live, canonical(record.inputs))
    _align(old, new, record.live, namespaced=namespaced)

    kind = kind_of(new)
    immutable: Iterable[str] = IDENTITY
    if not is_patch(token, kind.name):
        immutable = immutable_fields(
            new, kind, mutable_secrets=mutability.secrets, mutable_config_maps=mutability.config_maps
        )
    ignored_paths = [parse_path(path) for path in ignored]
    found = [
        change
        for change in changes(old, new, immutable)
        if not any(covers(path, change.path) for path in ignored_paths)
    ]
    replaced = any(change.replaces for change in found)
    return Difference(found, replaced and _keeps_name(new, record.live))


def _align(old: Manifest, new: Manifest, live: Manifest, *, namespaced: bool) -> None:
    """Take away differences that mean nothing."""
    for manifest in (old, new):
        # An unknown namespace is a difference.
        if not namespaced or isinstance(metadata(manifest).get("namespace", ""), str):
            set_namespace(manifest, (namespace_of(manifest) or "default") if namespaced else "")
    for key in ("apiVersion", "kind"):
        if not old.get(key) and key in new:
            old[key] = new[key]
    metadata(old).pop("resourceVersion", None)
    if name_of(new):
        old.setdefault("metadata", {})["name"] = name_of(live)


def _keeps_name(new: Manifest, live: Manifest) -> bool:
    """Whether the program insists on the name and place that the old object has."""
    return (
        is_named(new)
        and annotation(new, AUTONAMED) != "true"
        and name_of(new) == name_of(live)
        and namespace_of(new) == namespace_of(live)
    )
