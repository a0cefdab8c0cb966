"""
Secret marks: copied from the program's inputs to what the API server answers.

The data of a Secret is always secret.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping

from tooling.plugin.properties import Properties, Secret, Value, has_secret, parts

HIDDEN = "[secret]"
SHORTEST_HIDDEN = 4
"""Shorter secrets are not replaced in messages: too much of the text would go."""


def mark_secrets(properties: Properties, marked: Mapping[str, Value]) -> None:
    """Mark in `properties` what is secret in `marked`: mappings field by field, lists as a whole."""
    if properties.get("kind") == "Secret":
        for key in ("data", "stringData"):
            if key in properties and not isinstance(properties[key], Secret):
                properties[key] = Secret(properties[key])
        return
    for key, mark in marked.items():
        if key not in properties:
            continue
        value = properties[key]
        if isinstance(value, dict) and isinstance(mark, Mapping):
            mark_secrets(value, mark)
        elif not isinstance(value, Secret) and has_secret(mark):
            properties[key] = Secret(value)


def without_secrets(message: str, *values: Value) -> str:
    """An error's text without the secret values in `values`: API servers quote values that they refuse."""
    for hidden in sorted({text for value in values for text in _secret_texts(value)}, key=len, reverse=True):
        message = message.replace(hidden, HIDDEN)
    return message


def _secret_texts(value: Value) -> Iterator[str]:
    for part in parts(value):
        if isinstance(part, Secret):
            for leaf in parts(part.value):
                if isinstance(leaf, str | int | float) and not isinstance(leaf, bool):
                    yield from _spellings(str(leaf))


def _spellings(text: str) -> Iterator[str]:
    """The text itself, the text with escapes, and the decoded text if it is base64."""
    if len(text) < SHORTEST_HIDDEN:
        return
    yield text
    yield text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
    try:
        decoded = base64.b64decode(text, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return
    if len(decoded) >= SHORTEST_HIDDEN:
        yield decoded
