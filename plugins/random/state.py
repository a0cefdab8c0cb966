"""
The values of a password: from a program's inputs, from a record in the state, and into a record.

Records have the form of the official provider, which is a Terraform provider behind a bridge. Two fields belong to
the bridge: `__meta` holds the schema version, and `__pulumi_raw_state_delta` describes how to make Terraform's state
from the record (which values are null, and which are maps).

`values` always holds every attribute by name; a missing value is None.
"""

from __future__ import annotations

import json
from decimal import Decimal

from plugins.protocol.errors import ProviderError
from plugins.random import INSTALL
from plugins.random.attributes import ATTRIBUTES, SCHEMA_VERSION, Attribute, Type
from plugins.random.password import upgrade
from tooling.plugin.properties import UNKNOWN, Properties, Secret, Unknown, Value, reveal

META = "__meta"
DELTA = "__pulumi_raw_state_delta"


def configured(inputs: Properties) -> Properties:
    """Return every attribute as the inputs give it; without what is not an attribute."""
    plain = reveal(inputs)
    return {attribute.name: _canonical(attribute, plain.get(attribute.name)) for attribute in ATTRIBUTES}


def planned(inputs: Properties, prior: Properties | None = None) -> Properties:
    """
    Return the values that the inputs ask for.

    :param prior: the current values, whose outputs are kept; without them the outputs are unknown
    """
    given = configured(inputs)
    values: Properties = {}
    for attribute in ATTRIBUTES:
        if attribute.computed:
            values[attribute.name] = prior[attribute.name] if prior else UNKNOWN
            continue
        value = given[attribute.name]
        if value is None and attribute.twin:
            value = given[attribute.twin]
        values[attribute.name] = attribute.default if value is None else value
    return values


def recorded(record: Properties) -> Properties:
    """
    Return the values in a record of any release.

    :raises ProviderError: the release is newer
    """
    version = int(json.loads(reveal(record.get(META)) or "{}").get("schema_version") or 0)
    if version > SCHEMA_VERSION:
        message = (
            "A newer random provider wrote the state of this RandomPassword: found schema version "
            f"{version}, expected {SCHEMA_VERSION} or lower. Fix: {INSTALL}, or a newer version"
        )
        raise ProviderError(message)
    values = configured(record)
    return upgrade(values) if version < SCHEMA_VERSION else values


def outputs(values: Properties) -> Properties:
    """Return what a preview shows: the values without the missing ones, with secrets marked."""
    secret = {attribute.name for attribute in ATTRIBUTES if attribute.secret}
    return {
        name: Secret(value) if name in secret and not isinstance(value, Unknown) else value
        for name, value in values.items()
        if value is not None
    }


def record(values: Properties) -> Properties:
    """Return what the state keeps."""
    meta = json.dumps({"schema_version": str(SCHEMA_VERSION)}, separators=(",", ":"))
    return outputs(values) | {META: meta, DELTA: _delta(values)}


def _delta(values: Properties) -> Properties:
    parts: Properties = {}
    for attribute in ATTRIBUTES:
        if values[attribute.name] is None:
            # The bridge marks it as secret, because the value that it replaces might be one.
            parts[attribute.name] = Secret({"replace": {"raw": None}})
        elif attribute.type is Type.MAP:
            parts[attribute.name] = {"map": {}}
    return {"obj": {"ps": parts} if parts else {}}


def _canonical(attribute: Attribute, value: Value) -> Value:
    match attribute.type:
        case Type.STRING:
            return _string(value)
        case Type.MAP if isinstance(value, dict):
            return {key: _string(item) for key, item in value.items()}
        case _:
            return UNKNOWN if isinstance(value, Unknown) else value


def _string(value: Value) -> Value:
    """Convert numbers and booleans to strings, as the bridge does."""
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
