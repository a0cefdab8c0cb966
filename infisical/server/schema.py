"""The package's schema, built from the fields of the handlers."""

from __future__ import annotations

import json
from typing import Any, Final

from infisical import package
from infisical.handlers.base.fields import Field
from infisical.handlers.registry import HANDLERS
from infisical.ownership.description import ARGUMENTS, DOC, FUNCTION, RESULTS
from infisical.server.configuration import FIELDS

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "string": {"type": "string"},
    "number": {"type": "number"},
    "boolean": {"type": "boolean"},
    "strings": {"type": "array", "items": {"type": "string"}},
    "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
}
OUTPUT_TYPES: Final = {
    "inSync": "boolean",
    "secretVersion": "number",
    "delivered": "boolean",
    "missing": "strings",
    "count": "number",
}


def schema() -> str:
    """JSON, in the form that Pulumi's package schemas have."""
    configuration = {field.name: _property(field) for field in FIELDS}
    resources = {}
    for token, handler in HANDLERS.items():
        inputs = {field.name: _property(field) for field in handler.fields}
        required = [field.name for field in handler.fields if field.required]
        outputs = {
            name: _TYPES[OUTPUT_TYPES.get(name, "string")]
            | {"description": doc}
            | ({"secret": True} if name in handler.secret_outputs else {})
            for name, doc in handler.outputs.items()
        }
        resources[token] = {
            "description": handler.doc,
            "inputProperties": inputs,
            "requiredInputs": required,
            "properties": inputs | outputs,
            "required": required,
        }
    described = {
        "name": package.NAME,
        "version": package.VERSION,
        "description": "A self-hosted Infisical as code",
        "config": {"variables": configuration},
        "provider": {"inputProperties": configuration, "requiredInputs": []},
        "resources": resources,
        "functions": {
            FUNCTION: {
                "description": DOC,
                "inputs": {"properties": ARGUMENTS, "required": sorted(ARGUMENTS)},
                "outputs": {"properties": RESULTS, "required": sorted(RESULTS)},
            }
        },
    }
    return json.dumps(described)


def _property(field: Field) -> dict[str, Any]:
    return _TYPES[field.type] | {"description": field.doc} | ({"secret": True} if field.secret else {})
