"""Property values, as the engine sends them, from and to plain ones."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from infisical.properties import UNKNOWN, Properties
from tooling.plugin import properties as wire
from tooling.plugin.properties import Secret, Unknown

Values = wire.Properties


def plain(value: wire.Value) -> Any:
    """A value without its secretness."""
    kind = type(value)
    if kind is Secret:
        return plain(value.value)
    if kind is Unknown:
        return UNKNOWN
    if kind is dict:
        return {key: plain(entry) for key, entry in value.items()}
    if kind is list:
        return [plain(entry) for entry in value]
    if kind is int:
        return float(value)
    if value is None or kind in (str, bool, float):
        return value
    # Assets, archives and resources: no input accepts them, so the check refuses them.
    return object()


def properties(values: Mapping[str, wire.Value]) -> Properties:
    """A map of values, without null ones."""
    found = {key: plain(value) for key, value in values.items()}
    return Properties({key: value for key, value in found.items() if value is not None})


def wrapped(value: Any, *, secret: bool = False) -> wire.Value:
    """A plain value as the engine's."""
    if secret:
        return Secret(wrapped(value))
    if value is UNKNOWN:
        return wire.UNKNOWN
    if isinstance(value, dict):
        return {key: wrapped(entry) for key, entry in value.items()}
    if isinstance(value, list | tuple):
        return [wrapped(entry) for entry in value]
    return value


def as_secret(value: wire.Value) -> Secret:
    return value if isinstance(value, Secret) else Secret(value)


def wrapped_all(values: Mapping[str, Any], secret: Collection[str]) -> Values:
    """A map of plain values; those named in `secret` become secret."""
    return {key: wrapped(value, secret=key in secret) for key, value in values.items() if value is not None}
