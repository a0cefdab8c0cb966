"""The package's schema, as the engine asks for it: made from the kinds' own fields."""

from __future__ import annotations

import json
from typing import Any, Final

from infisical import package
from infisical.handlers.fields import Field
from infisical.handlers.registry import KINDS
from infisical.server.configuration import FIELDS

_TYPES: Final[dict[str, dict[str, Any]]] = {
    "text": {"type": "string"},
    "number": {"type": "number"},
    "flag": {"type": "boolean"},
    "texts": {"type": "array", "items": {"type": "string"}},
    "mapping": {"type": "object", "additionalProperties": {"type": "string"}},
}
OUTPUT_TYPES: Final = {
    "inSync": "flag",
    "secretVersion": "number",
    "delivered": "flag",
    "missing": "texts",
    "count": "number",
}


def schema() -> str:
    """JSON, in the form that Pulumi's package schemas have."""
    configuration = {field.name: _property(field) for field in FIELDS}
    resources = {}
    for token, kind in KINDS.items():
        inputs = {field.name: _property(field) for field in kind.fields}
        required = [field.name for field in kind.fields if field.required]
        outputs = {
            name: _TYPES[OUTPUT_TYPES.get(name, "text")]
            | {"description": doc}
            | ({"secret": True} if name in kind.secret_outputs else {})
            for name, doc in kind.outputs.items()
        }
        resources[token] = {
            "description": kind.doc,
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
        "provider": {"inputProperties": configuration, "requiredInputs": ["url"]},
        "resources": resources,
    }
    return json.dumps(described)


def _property(field: Field) -> dict[str, Any]:
    return _TYPES[field.type] | {"description": field.doc} | ({"secret": True} if field.secret else {})
