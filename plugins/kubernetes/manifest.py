"""
Objects as the API server reads and writes them: nested dicts, without secret marks.

Values that a preview does not know yet stay in as `Unknown`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from plugins.kubernetes.kinds import Kind
from plugins.protocol.properties import Unknown, Value, reveal

Manifest = dict[str, Any]

AUTONAMED = "pulumi.com/autonamed"
SKIP_AWAIT = "pulumi.com/skipAwait"
WAIT_FOR = "pulumi.com/waitFor"
TIMEOUT_SECONDS = "pulumi.com/timeoutSeconds"
PATCH_FORCE = "pulumi.com/patchForce"
PATCH_FIELD_MANAGER = "pulumi.com/patchFieldManager"
DELETION_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
REPLACE_UNREADY = "pulumi.com/replaceUnready"

# Schemas in a CustomResourceDefinition have fields that no SDK can spell; in a program they have underscores.
SCHEMA_FIELDS = {
    f"x_kubernetes_{name.replace('-', '_')}": f"x-kubernetes-{name}"
    for name in (
        "embedded-resource",
        "int-or-string",
        "list-map-keys",
        "list-type",
        "map-type",
        "preserve-unknown-fields",
        "validations",
    )
}
SCHEMA_PROPERTIES = {dashed: underscored for underscored, dashed in SCHEMA_FIELDS.items()}


def to_manifest(properties: Mapping[str, Value]) -> Manifest:
    """The object that properties describe: no secret marks, no nulls, fields as the API spells them."""
    manifest: Manifest = _without_nulls(reveal(properties))
    return _renamed(manifest, SCHEMA_FIELDS) if has_schemas(manifest) else manifest


def to_properties(manifest: Manifest) -> dict[str, Value]:
    """A copy with fields as programs spell them; the inverse of `to_manifest`, without the secret marks."""
    properties: dict[str, Value] = _without_nulls(reveal(manifest))
    return _renamed(properties, SCHEMA_PROPERTIES) if has_schemas(manifest) else properties


def _without_nulls(value: Any) -> Any:
    """A null field is none: written to the API server, it would be one that the object owns."""
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value


def has_schemas(manifest: Manifest) -> bool:
    api_version = manifest.get("apiVersion")
    return isinstance(api_version, str) and api_version.startswith("apiextensions.k8s.io/")


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, dict):
        return {names.get(key, key): _renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [_renamed(item, names) for item in value]
    return value


def kind_of(manifest: Manifest) -> Kind:
    """Its kind, empty where it has none or it is not known yet."""
    api_version, name = text(manifest.get("apiVersion")), text(manifest.get("kind"))
    return Kind(api_version.removeprefix("core/"), name)


def text(value: Any) -> str:
    """The string, or "" for anything else."""
    return value if isinstance(value, str) else ""


def metadata(manifest: Manifest) -> Manifest:
    """Its metadata; an empty one where it has none."""
    found = manifest.get("metadata")
    return found if isinstance(found, dict) else {}


def name_of(manifest: Manifest) -> str:
    return text(metadata(manifest).get("name"))


def namespace_of(manifest: Manifest) -> str:
    return text(metadata(manifest).get("namespace"))


def annotation(manifest: Manifest, key: str) -> str:
    """The annotation's value, or ""."""
    annotations = metadata(manifest).get("annotations")
    return text(annotations.get(key)) if isinstance(annotations, dict) else ""


def set_namespace(manifest: Manifest, namespace: str) -> None:
    """Set it, or remove it where it is empty."""
    if namespace:
        manifest.setdefault("metadata", {})["namespace"] = namespace
    else:
        metadata(manifest).pop("namespace", None)


def is_named(manifest: Manifest) -> bool:
    """Whether it has a name, known or not."""
    return bool(name_of(manifest)) or isinstance(metadata(manifest).get("name"), Unknown)


def object_id(manifest: Manifest) -> str:
    """`namespace/name`, or the name alone: a resource's id."""
    namespace = namespace_of(manifest)
    return f"{namespace}/{name_of(manifest)}" if namespace else name_of(manifest)


def split_id(id: str) -> tuple[str, str]:
    """The namespace (maybe "") and name of an id."""
    namespace, slash, name = id.partition("/")
    return (namespace, name) if slash else ("", namespace)


def at(manifest: Any, *path: str) -> Any:
    """What stands at a path of keys, or None."""
    for key in path:
        if not isinstance(manifest, dict):
            return None
        manifest = manifest.get(key)
    return manifest
