"""The function `existing` as the schema describes it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from infisical.package import token

FUNCTION: Final = token("existing")
DOC: Final = (
    "Finds Secrets, ExternalSecrets, namespaces and AppProjects that exist already, and who manages them. Returns the "
    "names of keys and never values. What does not exist is not listed."
)
_STRING: Final = {"type": "string"}
_STRINGS: Final = {"type": "array", "items": _STRING}
ARGUMENTS: Final[dict[str, Any]] = {
    "manager": _STRING | {"description": "the field manager that marks what the program made"},
    "stack": _STRING | {"description": "the project and the name of the stack, as its objects' annotation has them"},
    "annotation": _STRING | {"description": "that annotation"},
    "secrets": _STRINGS | {"description": "Secrets, each `namespace/name`"},
    "externalSecrets": _STRINGS | {"description": "ExternalSecrets, each `namespace/name`"},
    "writers": {
        "type": "object",
        "additionalProperties": _STRING,
        "description": "by Secret, its ExternalSecret, where their names differ",
    },
    "takeovers": {
        "type": "object",
        "additionalProperties": _STRING,
        "description": "by ExternalSecret that may be taken over, the spec that the program writes, as JSON",
    },
    "namespaces": _STRINGS | {"description": "names of namespaces"},
    "projects": _STRINGS | {"description": "Argo CD's AppProjects, each `namespace/name`"},
    "operatorFields": _STRINGS
    | {"description": "fields of the operator's objects, each with its kind before the path; `=` before a value"},
    "waitSeconds": {
        "type": "number",
        "description": "how long to wait for namespaces that are being deleted; by default they are only named",
    },
    "needed": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": _STRING},
        "description": "the owner's stores and generators: api_version, kind, namespace and name of each",
    },
    "literals": {
        "type": "object",
        "additionalProperties": {"type": "object", "additionalProperties": _STRING},
        "description": "by Secret, the values that are not secret, to compare with the Secret's",
    },
    "declared": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
        "description": "the objects that the program writes: kind, namespace, name, and as JSON the fields, each with "
        "its value or null for a secret; patch: whether the program writes only these fields",
    },
}
RESULTS: Final[dict[str, Any]] = {
    "objects": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
        "description": "what exists, without what the program made",
    },
    "missingProjects": _STRINGS | {"description": "the AppProjects that do not exist"},
    "missingFields": _STRINGS | {"description": "the fields that the installed operator lacks"},
    "missingObjects": _STRINGS | {"description": "the needed objects that do not exist, each a kind and a place"},
    "changed": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": {"$ref": "pulumi.json#/Any"}},
        "description": "the declared objects with fields that others changed: these fields, their managers, and the "
        "JSON patch with which the managers give them up",
    },
    "ofOtherStacks": {
        "type": "array",
        "items": {"type": "object", "additionalProperties": _STRING},
        "description": "the declared objects that a different stack made, each with its kind, place and stack",
    },
    "endingNamespaces": _STRINGS
    | {"description": "the namespaces that are still being deleted; what is in them is not listed"},
    "unreachable": _STRING | {"description": "why the cluster could not be read; empty if it was read"},
}

NOTHING: Final[Mapping[str, Any]] = {
    "objects": [],
    "missingProjects": [],
    "missingFields": [],
    "missingObjects": [],
    "changed": [],
    "ofOtherStacks": [],
    "endingNamespaces": [],
    "unreachable": "",
}
"""The answer for an empty cluster."""
