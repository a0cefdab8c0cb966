"""The fields of a JSON body, validated as by the real server's schemas, with its messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sandbox.infisical.errors import invalid

WHITE_SPACE = "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" + (
    "\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""The characters that JavaScript trims; Python's `strip` trims others."""

_TYPES = {str: "string", bool: "boolean", int: "number", float: "number", list: "array", dict: "object"}


class Fields:
    """
    Collects all issues: call `check` after the last field is read and before the first is used.

    :param source: the body
    :param path: its path in the request
    """

    def __init__(
        self, source: object, path: Sequence[str | int] = (), issues: list[dict[str, Any]] | None = None
    ) -> None:
        self._path = list(path)
        self._issues: list[dict[str, Any]] = [] if issues is None else issues
        self._source: dict[str, Any] = source if isinstance(source, dict) else {}
        if source is not None and not isinstance(source, dict):
            self._mistyped("object", source, self._path)

    def text(self, name: str, default: str | None = None, *, trim: bool = True) -> str:
        """A string; required unless there is a default."""
        if name not in self._source and default is not None:
            return default
        value = self._source.get(name)
        if not isinstance(value, str):
            self._mistyped("string", value, [*self._path, name], present=name in self._source)
            return ""
        return value.strip(WHITE_SPACE) if trim else value

    def optional_text(self, name: str, *, trim: bool = True) -> str | None:
        """A string, or None when it is absent or null."""
        return None if self._source.get(name) is None else self.text(name, trim=trim)

    def number(self, name: str, default: int) -> int:
        value = self._source.get(name, default)
        if isinstance(value, bool) or not isinstance(value, int):
            self._mistyped("number", value, [*self._path, name])
            return default
        return value

    def flag(self, name: str, default: bool) -> bool:
        value = self._source.get(name, default)
        if not isinstance(value, bool):
            self._mistyped("boolean", value, [*self._path, name])
            return default
        return value

    def has(self, name: str) -> bool:
        return name in self._source

    def value(self, name: str) -> Any:
        """Any JSON value, not validated; None if absent."""
        return self._source.get(name)

    def within(self, name: str) -> Fields:
        """The fields of a required object."""
        value = self._source.get(name)
        if not isinstance(value, dict):
            self._mistyped("object", value, [*self._path, name], present=name in self._source)
            return Fields(None, [*self._path, name], self._issues)
        return Fields(value, [*self._path, name], self._issues)

    def objects(self, name: str) -> list[Fields]:
        """The fields of each object of a required list."""
        value = self._source.get(name)
        if not isinstance(value, list):
            self._mistyped("array", value, [*self._path, name], present=name in self._source)
            return []
        return [Fields(each, [*self._path, name, index], self._issues) for index, each in enumerate(value)]

    def at_most(self, name: str, limit: int) -> None:
        """A number above the limit is an issue."""
        value = self._source.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value > limit:
            size = {"code": "too_big", "maximum": limit, "type": "number", "inclusive": True, "exact": False}
            self.issue(f"Number must be less than or equal to {limit}", name, **size)

    def issue(self, message: str, *path: str | int, **facts: object) -> None:
        """
        :param facts: further fields of the issue; its code is `custom` by default
        """
        self._issues.append({"code": "custom", **facts, "message": message, "path": [*self._path, *path]})

    def check(self) -> None:
        """
        :raises ApiError: there are issues
        """
        if self._issues:
            raise invalid(self._issues)

    def _mistyped(self, expected: str, value: object, path: list[str | int], *, present: bool = True) -> None:
        received = "undefined" if not present else "null" if value is None else _TYPES[type(value)]
        message = f"Expected {expected}, received {received}" if present else "Required"
        self._issues.append(
            {"code": "invalid_type", "expected": expected, "received": received, "path": path, "message": message}
        )
