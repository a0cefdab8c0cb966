"""Texts that stand where a secret value belongs."""

from __future__ import annotations

from typing import Final

_STARTS: Final = ("placeholder", "changeme", "change-me", "replace", "todo")


def is_placeholder(value: str) -> bool:
    return value.lower().startswith(_STARTS)
