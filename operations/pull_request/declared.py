"""The declarations of two revisions: read without their secrets, which the report hides."""

from __future__ import annotations

from collections.abc import Iterator

from declaration import CREDENTIALS, PROJECT, VALUES
from tooling.stack.config import Config
from tooling.stack.declared import Declared, Homelab, read_declaration

__all__ = ["PROJECT", "VALUES", "Declared", "Homelab", "read_declaration", "secrets_in_clear"]


def secrets_in_clear(config: Config) -> Iterator[str]:
    """Yield the plain values of secret keys: throw-away values, and secrets that are in clear by mistake."""
    for key, value in config.items():
        name = key.removeprefix(f"{PROJECT}:")
        given = list(value.values()) if name == VALUES and isinstance(value, dict) else [value]
        if name == VALUES or (name in CREDENTIALS and CREDENTIALS[name].secret):
            yield from (entry for entry in given if isinstance(entry, str))
