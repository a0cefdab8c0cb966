"""
A resource's values: out of a program's inputs, out of a record in the state, and into one.

Records are those of the official provider, which is a Terraform provider behind a bridge. Two fields
are the bridge's own: `__meta` holds the schema version, and `__pulumi_raw_state_delta` says how to
make Terraform's state out of the record (what is null, what is a map, what is named differently).
"""

from __future__ import annotations

import json
from decimal import Decimal

from plugins.protocol.errors import ProviderError
from plugins.protocol.properties import UNKNOWN, Properties, Secret, Unknown, Value, reveal
from plugins.random.kind import Attribute, Kind, Type

META = "__meta"
DELTA = "__pulumi_raw_state_delta"


def configured(kind: Kind, inputs: Properties) -> Properties:
    """Every attribute as the inputs give it, None where they don't; what is no attribute is left out."""
    plain = reveal(inputs)
    return {attribute.name: _canonical(attribute, plain.get(attribute.name)) for attribute in kind.attributes}


def planned(kind: Kind, inputs: Properties, prior: Properties | None = None) -> Properties:
    """
    The values that the inputs ask for.

    :param prior: the values so far, which keep what was drawn; without it that is unknown
    """
    given = configured(kind, inputs)
    values: Properties = {}
    for attribute in kind.attributes:
        if attribute.computed:
            values[attribute.name] = prior[attribute.name] if prior else UNKNOWN
            continue
        value = given[attribute.name]
        if value is None and attribute.twin:
            value = given[attribute.twin]
        values[attribute.name] = attribute.default if value is None else value
    return values


def recorded(kind: Kind, record: Properties) -> Properties:
    """The values in a record, which any release may have written."""
    version = int(json.loads(reveal(record.get(META)) or "{}").get("schema_version") or 0)
    if version > kind.schema_version:
        message = (
            f"the state of this {kind.name} was written by a newer provider: its schema version is {version},"
            f" and this plugin reads up to {kind.schema_version}. Upgrade the plugin"
        )
        raise ProviderError(message)
    values = configured(kind, record)
    return kind.upgrade(values) if version < kind.schema_version else values


def outputs(kind: Kind, values: Properties) -> Properties:
    """What a preview shows: the values that there are, secret ones marked."""
    secret = {attribute.name for attribute in kind.attributes if attribute.secret}
    return {
        name: Secret(value) if name in secret and not isinstance(value, Unknown) else value
        for name, value in values.items()
        if value is not None
    }


def record(kind: Kind, values: Properties) -> Properties:
    """What is kept in the state."""
    fields = outputs(kind, values)
    if kind.schema_version:
        fields[META] = json.dumps({"schema_version": str(kind.schema_version)}, separators=(",", ":"))
    return fields | {DELTA: _delta(kind, values)}


def _delta(kind: Kind, values: Properties) -> Properties:
    parts: Properties = {}
    for attribute in kind.attributes:
        if values[attribute.name] is None:
            # Secret as the bridge makes it: what it replaces might be one.
            parts[attribute.name] = Secret({"replace": {"raw": None}})
        elif attribute.type is Type.MAP:
            parts[attribute.name] = {"map": {}}
        elif attribute.type is Type.TEXTS:
            parts[attribute.name] = {"arr": {}}
    delta: Properties = {"renamed": dict(kind.renamed)} if kind.renamed else {}
    return {"obj": delta | ({"ps": parts} if parts else {})}


def _canonical(attribute: Attribute, value: Value) -> Value:
    match attribute.type:
        case Type.TEXT:
            return _text(value)
        case Type.MAP if isinstance(value, dict):
            return {key: _text(item) for key, item in value.items()}
        case Type.TEXTS if isinstance(value, list):
            return [_text(item) for item in value]
        case _:
            return UNKNOWN if isinstance(value, Unknown) else value


def _text(value: Value) -> Value:
    """Numbers and booleans where text is asked for are written out, as the bridge does."""
    match value:
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case float():
            return format(Decimal(repr(value)), "f")
        case Unknown():
            return UNKNOWN
        case _:
            return value
