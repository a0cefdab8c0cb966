"""Which fields the installed release of the operator knows, by its custom resource definitions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from tooling.kubernetes.errors import ClusterRefused

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection

_DEFINITIONS: Final = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
_NAMES: Final = {
    "ClusterSecretStore": "clustersecretstores.external-secrets.io",
    "ExternalSecret": "externalsecrets.external-secrets.io",
}
_VERSION: Final = "v1"


async def missing_fields(connection: Connection, fields: Iterable[str]) -> list[str]:
    """
    Those of the fields that the cluster's definitions lack.

    If no definition can be read, no field is missing: the API server then refuses the object itself.

    :param fields: each a kind and a path, such as `ClusterSecretStore.spec.provider`; `[]` means each item of a list.
        With `=` and a value at the end, a value that the field must accept
    """
    missing: list[str] = []
    schemas: dict[str, Any] = {}
    for field in fields:
        kind, *path = field.partition("=")[0].split(".")
        if kind not in schemas:
            schemas[kind] = await _schema(connection, kind)
        if schemas[kind] and not _has(schemas[kind], path, field.partition("=")[2]):
            missing.append(field)
    return missing


async def _schema(connection: Connection, kind: str) -> dict[str, Any]:
    try:
        definition = await connection.get(f"{_DEFINITIONS}/{_NAMES[kind]}")
    except ClusterRefused as error:
        if error.status != 403:
            raise
        definition = None
    versions = ((definition or {}).get("spec") or {}).get("versions") or []
    schemas = ((each.get("schema") or {}).get("openAPIV3Schema") for each in versions if each.get("name") == _VERSION)
    return next(schemas, None) or {}


def _has(schema: dict[str, Any], path: list[str], value: str) -> bool:
    for part in path:
        name = part.removesuffix("[]")
        if schema.get("x-kubernetes-preserve-unknown-fields"):
            return True
        properties = schema.get("properties") or {}
        if name not in properties:
            return False
        schema = properties[name]
        if name != part:
            schema = schema.get("items") or {}
    return not value or value in schema.get("enum", [value])
