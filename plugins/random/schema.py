"""The plugin's Pulumi schema: the kinds that it has, no functions, no types."""

from __future__ import annotations

import json
from typing import Any

from plugins.random.kind import Attribute, Kind, Type
from plugins.random.kinds import KINDS, VERSION


def schema() -> str:
    """The schema as JSON."""
    return json.dumps(
        {
            "name": "random",
            "version": VERSION,
            "description": "Values that are drawn once and then kept in the state.",
            # The module of `random:index/randomId:RandomId` is `index`.
            "meta": {"moduleFormat": "(.*)(?:/[^/]*)"},
            "config": {},
            "provider": {},
            "resources": {token: _resource(kind) for token, kind in KINDS.items()},
        }
    )


def _resource(kind: Kind) -> dict[str, Any]:
    # An id property would clash with the id that each resource has.
    properties = [attribute for attribute in kind.attributes if attribute.name != "id"]
    always = [a.name for a in properties if a.required or a.computed or a.default is not None]
    return {
        "description": kind.description,
        "properties": {attribute.name: _property(attribute) for attribute in properties},
        "required": sorted(always),
        "inputProperties": {attribute.name: _property(attribute) for attribute in kind.inputs},
        "requiredInputs": sorted(attribute.name for attribute in kind.inputs if attribute.required),
    }


def _property(attribute: Attribute) -> dict[str, Any]:
    described: dict[str, Any] = {"type": attribute.type.value, "description": attribute.description}
    if attribute.type is Type.TEXTS:
        described["items"] = {"type": "string"}
    if attribute.type is Type.MAP:
        described["additionalProperties"] = {"type": "string"}
    if attribute.secret:
        described["secret"] = True
    if attribute.deprecation:
        described["deprecationMessage"] = attribute.deprecation
    if not attribute.computed and attribute.name != "id":
        described["willReplaceOnChanges"] = True
    return described
