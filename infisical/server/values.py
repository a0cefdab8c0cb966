"""
The SDK's property values, from and to plain ones.

The SDK represents unknown values by a constant string, possibly nested in other values. It passes strings on, so the
same constant means "unknown" in an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime.rpc import UNKNOWN as UNKNOWN_TEXT

from infisical.properties import UNKNOWN, Properties

Values = dict[str, PropertyValue]


def plain(value: PropertyValue) -> Any:
    """A value without its secretness and dependencies."""
    inner = value.value
    if isinstance(inner, str):
        return UNKNOWN if inner == UNKNOWN_TEXT else inner
    if isinstance(inner, Mapping):
        return {key: plain(entry) for key, entry in inner.items()}
    if isinstance(inner, list | tuple):
        return [plain(entry) for entry in inner]
    if inner is None or isinstance(inner, bool | float):
        return inner
    # Assets, archives and resources: no input accepts them, so the check refuses them.
    return object()


def properties(values: Mapping[str, PropertyValue]) -> Properties:
    """A map of values, without null ones."""
    return Properties({key: plain(value) for key, value in values.items() if value.value is not None})


def wrapped(value: Any) -> PropertyValue:
    """A plain value as the SDK's."""
    if value is UNKNOWN:
        return PropertyValue(UNKNOWN_TEXT)
    if isinstance(value, dict):
        return PropertyValue({key: wrapped(entry) for key, entry in value.items()})
    if isinstance(value, list | tuple):
        return PropertyValue([wrapped(entry) for entry in value])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)


def wrapped_all(values: Mapping[str, Any], secret: Collection[str]) -> Values:
    """A map of plain values; those named in `secret` become secret."""
    return {key: wrapped(value).with_secret(key in secret) for key, value in values.items() if value is not None}
