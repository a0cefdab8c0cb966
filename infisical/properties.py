"""A resource's inputs, outputs and state as plain Python values, read with types."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final


class _Unknown:
    """A value that is known only when the update runs."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN: Final = _Unknown()

PREVIEW: Final = "__preview"
"""An internal input: whether this is a preview. The engine does not tell a provider when it requests a diff."""


class Properties(Mapping[str, Any]):
    """
    Read-only. Values are str, float, bool, None, list, dict or UNKNOWN.

    Its repr shows the keys only, because values may be secret.
    """

    def __init__(self, values: Mapping[str, Any] | None = None) -> None:
        self._values = dict(values or {})

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def __iter__(self) -> Any:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)

    def __repr__(self) -> str:
        return f"Properties({', '.join(self._values)})"

    def string(self, key: str, default: str = "") -> str:
        value = self._values.get(key)
        return value if isinstance(value, str) else default

    def number(self, key: str, default: float = 0) -> float:
        value = self._values.get(key)
        return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else default

    def boolean(self, key: str, default: bool = False) -> bool:
        value = self._values.get(key)
        return value if isinstance(value, bool) else default

    def strings(self, key: str) -> list[str]:
        value = self._values.get(key)
        return [entry for entry in value if isinstance(entry, str)] if isinstance(value, list) else []

    def mapping(self, key: str) -> dict[str, str]:
        value = self._values.get(key)
        return {name: text for name, text in value.items() if isinstance(text, str)} if isinstance(value, dict) else {}


def is_known(value: object) -> bool:
    """Whether nothing in a value is UNKNOWN."""
    if isinstance(value, list):
        return all(is_known(entry) for entry in value)
    if isinstance(value, dict):
        return all(is_known(entry) for entry in value.values())
    return value is not UNKNOWN
