"""An answer's JSON, read with types; a missing value is reported with the call's name and the key."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from infisical.api.errors import Unexpected


@dataclass(frozen=True)
class Answer:
    """One JSON object of an answer. `source` names the call and, for inner objects, the path to it."""

    source: str
    body: dict[str, Any] = field(repr=False)

    def within(self, key: str) -> Answer:
        """The object under `key`."""
        value = self.body.get(key)
        if not isinstance(value, dict):
            raise self._lacks(key, "an object")
        return Answer(f"{self.source}: {key}", value)

    def each(self, key: str) -> Iterator[Answer]:
        """The objects of the list under `key`."""
        value = self.body.get(key)
        if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
            raise self._lacks(key, "a list of objects")
        return (Answer(f"{self.source}: {key}", entry) for entry in value)

    def string(self, key: str) -> str:
        value = self.body.get(key)
        if not isinstance(value, str):
            raise self._lacks(key, "a string")
        return value

    def number(self, key: str) -> int:
        value = self.body.get(key)
        if isinstance(value, bool) or not isinstance(value, int):
            raise self._lacks(key, "a number")
        return value

    def boolean(self, key: str, *, default: bool | None = None) -> bool:
        value = self.body.get(key, default)
        if not isinstance(value, bool):
            raise self._lacks(key, "a boolean")
        return value

    def _lacks(self, key: str, expected: str) -> Unexpected:
        found = "null" if self.body.get(key) is None else f"a {type(self.body[key]).__name__}"
        return Unexpected(
            f"Unexpected answer from Infisical ({self.source}): `{key}` is {found}, but must be {expected}. Check that "
            "the URL is Infisical's, and that its release has the API v3 or v4."
        )
