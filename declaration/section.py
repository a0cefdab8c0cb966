"""Strict reading of a declaration: it reports every problem and stops at none. Knows nothing of what is declared."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from declaration.problems import Problem, kind_of, shown

Check = Callable[[str], str | None]
"""Returns what is expected instead of a string, or None if the string is valid."""

_ABSENT: Final = object()
_EVERYTHING: Final = "*"
"""In place of the known fields: a mapping whose field names are not checked."""
_LIKE_A_BOOLEAN: Final = ("true", "false", "yes", "no", "on", "off")


@dataclass
class Section:
    """
    One mapping of the declaration, read field by field.

    Each method returns a value of its type in any case, so that reading continues after a problem. Such a value must
    not be used if `problems` is not empty. `close` reports the fields that no method has read.
    """

    path: str
    fields: Mapping[str, Any]
    problems: list[Problem]
    _known: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: str, value: object, problems: list[Problem], example: str) -> Section:
        """Read `value` as a mapping. Anything else is a problem, and reads as an empty mapping."""
        if isinstance(value, Mapping):
            odd = [key for key in value if not isinstance(key, str)]
            problems.extend(
                Problem(
                    path, f"a field name that is {kind_of(key)}", "field names that are strings", f"quote it: '{key}'"
                )
                for key in odd
            )
            return cls(path, {key: item for key, item in value.items() if isinstance(key, str)}, problems)
        problems.append(Problem(path, kind_of(value), "a mapping", f"write, for example, `{example}`"))
        return cls.blank(path, problems)

    @classmethod
    def blank(cls, path: str, problems: list[Problem]) -> Section:
        """In place of a mapping that is missing: its fields are not reported as missing."""
        return cls(path, {}, problems, _known=[_EVERYTHING])

    def at(self, name: str) -> str:
        """The path of one field."""
        return f"{self.path}.{name}"

    def problem(self, name: str, found: str, expected: str, fix: str) -> None:
        """Report a problem with one field."""
        self.problems.append(Problem(self.at(name), found, expected, fix))

    def string(
        self,
        name: str,
        *,
        default: str | None = None,
        check: Check | None = None,
        example: str,
        show: Callable[[str], str] = shown,
    ) -> str:
        """A string that `check` accepts; required unless it has a default. `show` makes it fit for messages."""
        value = self._take(name)
        if value is _ABSENT:
            if default is None:
                self._missing(name, "a string", example)
            return default or ""
        if not isinstance(value, str) or not value:
            self.problem(name, kind_of(value), "a string", f'write, for example, `{name}: "{example}"`')
            return default or ""
        if expected := check(value) if check else None:
            self.problem(name, show(value), expected, f"write, for example, `{name}: {example}`")
        return value

    def optional_string(self, name: str, *, example: str) -> str:
        """A string; empty if it is absent."""
        self.skip(name)
        return self.string(name, example=example) if name in self.fields else ""

    def choice(self, name: str, words: Sequence[str], *, default: str | None = None) -> str:
        """One of a few words."""
        value = self._take(name)
        if value is _ABSENT and default is not None:
            return default
        if value is _ABSENT:
            self._missing(name, ", ".join(words), words[0])
            return ""
        if value not in words:
            close = difflib.get_close_matches(str(value), words, n=1)
            # A value that resembles none of the words may be a secret in the wrong place.
            found = shown(value) if close and isinstance(value, str) else kind_of(value)
            self.problem(name, found, ", ".join(words), f"write `{name}: {(close or words)[0]}`")
            return ""
        return str(value)

    def boolean(self, name: str, *, default: bool) -> bool:
        """true or false, and no string that only looks like it."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if not isinstance(value, bool):
            looks_like_one = isinstance(value, str) and value.lower() in _LIKE_A_BOOLEAN
            found = f"the string {shown(value)}" if looks_like_one else kind_of(value)
            self.problem(name, found, "true or false", f"write `{name}: {str(default).lower()}`")
            return default
        return value

    def integer(self, name: str, low: int, high: int, *, default: int | None = None, unit: str = "") -> int:
        """An integer from `low` to `high`; required unless it has a default."""
        value = self._take(name)
        expected = f"an integer from {low} to {high}" + (f" ({unit})" if unit else "")
        if value is _ABSENT:
            if default is None:
                self._missing(name, expected, str(low))
            return low if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            found = str(value) if isinstance(value, int) and not isinstance(value, bool) else kind_of(value)
            self.problem(name, found, expected, f"write, for example, `{name}: {low if default is None else default}`")
            return low if default is None else default
        return value

    def optional_integer(self, name: str, low: int, high: int, *, example: int, unit: str = "") -> int | None:
        """An integer from `low` to `high`; None if it is absent."""
        self.skip(name)
        return self.integer(name, low, high, default=example, unit=unit) if name in self.fields else None

    def strings(
        self,
        name: str,
        *,
        default: Sequence[str] | None,
        check: Check,
        example: str,
        may_be_empty: bool = False,
        show: Callable[[str], str] = shown,
    ) -> tuple[str, ...]:
        """
        A list of different strings, each accepted by `check`; required unless it has a default. `show` makes them fit
        for messages.
        """
        value = self._take(name)
        if value is _ABSENT:
            if default is None:
                self._missing(name, "a list of strings", f"[{example}]")
            return tuple(default or ())
        if not isinstance(value, list) or not (value or may_be_empty):
            found = "an empty list" if value == [] else kind_of(value)
            self.problem(name, found, "a list of strings", f"write `{name}: [{example}]`, or remove the field")
            return tuple(default or ())
        for index, item in enumerate(value):
            where = f"{name}[{index}]"
            if not isinstance(item, str):
                self.problem(where, kind_of(item), "a string", f"write, for example, `{example}`")
            elif expected := check(item):
                self.problem(where, show(item), expected, f"write, for example, `{example}`")
            elif item in value[:index]:
                self.problem(where, f"{show(item)} a second time", "different strings", "remove one of the two")
        return tuple(item for item in value if isinstance(item, str))

    def mapping(self, name: str, example: str, *, optional: bool = False) -> Section:
        """A mapping in this one. An optional one that is absent reads as an empty mapping."""
        value = self._take(name)
        if value is _ABSENT:
            if not optional:
                self._missing(name, "a mapping", example)
            return Section.blank(self.at(name), self.problems)
        return Section.of(self.at(name), value, self.problems, example)

    def mappings(self, example: str) -> Iterator[tuple[str, Section]]:
        """Each field of this mapping as a mapping: for field names that the owner chooses."""
        self._known.append(_EVERYTHING)
        for name, value in self.fields.items():
            yield name, Section.of(self.at(name), value, self.problems, example)

    def strings_by_name(self, name: str, check_name: Check, check_value: Check, example: str) -> dict[str, str]:
        """A mapping of names that the owner chooses to strings; empty if it is absent."""
        section = self.mapping(name, f"{{{example}}}", optional=True)
        section._known.append(_EVERYTHING)
        strings: dict[str, str] = {}
        for key, value in section.fields.items():
            if expected := check_name(key):
                section.problem(key, f"the name {shown(key)}", expected, f"write, for example, `{example}`")
            elif not isinstance(value, str):
                section.problem(key, kind_of(value), "a string", f'quote it: `{key}: "…"`')
            elif expected := check_value(value):
                section.problem(key, shown(value), expected, f"write, for example, `{example}`")
            else:
                strings[key] = value
        return strings

    def skip(self, *names: str) -> None:
        """These fields are known, but not read: because they are absent, or depend on one that has a problem."""
        self._known.extend(name for name in names if name not in self._known)

    def close(self) -> None:
        """Report every field that no method has read."""
        if _EVERYTHING in self._known:
            return
        for name in self.fields:
            if name not in self._known:
                close = difflib.get_close_matches(name, self._known, n=1)
                fix = f"rename it to `{close[0]}`, or remove it" if close else "remove it"
                self.problem(name, "an unknown field", ", ".join(self._known) or "no field", fix)

    def _take(self, name: str) -> Any:
        self.skip(name)
        return self.fields.get(name, _ABSENT)

    def _missing(self, name: str, expected: str, example: str) -> None:
        if _EVERYTHING not in self._known:
            self.problem(name, "missing", expected, f"add `{name}: {example}`")
