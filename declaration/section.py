"""
Reading a declaration strictly: every field is asked for, every problem is kept, none stops the reading.

Pure: knows neither Pulumi nor what is declared.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong: where it stands, what is there, what may be there, and how to mend it."""

    path: str
    seen: str
    allowed: str
    mend: str

    def __str__(self) -> str:
        return f"{self.path}\n    seen:    {self.seen}\n    allowed: {self.allowed}\n    mend:    {self.mend}"


class DeclarationError(Exception):
    """The declaration cannot be used. `problems` holds all that is wrong with it, in the order of reading."""

    def __init__(self, source: str, problems: Sequence[Problem]) -> None:
        self.source = source
        self.problems = tuple(problems)
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        listed = "\n\n".join(f"  {problem}" for problem in problems)
        super().__init__(
            f"the homelab as declared in {source} has {count}; nothing was changed.\n\n{listed}\n\n"
            f"Mend {source}, then run `pulumi preview`."
        )


Check = Callable[[str], str | None]
"""Says what is allowed instead, where a text is not; None where it is."""

_ABSENT: Final = object()


@dataclass
class Section:
    """
    One mapping of the declaration, read field by field.

    Each reader returns a value of its type in any case, so that reading goes on after a problem;
    what was returned in place of a wrong value must not be used once `problems` is not empty.
    `close` reports the fields that nobody asked for.
    """

    path: str
    fields: Mapping[str, Any]
    problems: list[Problem]
    _known: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, path: str, value: object, problems: list[Problem], example: str) -> Section:
        """Read `value` as a mapping; anything else is a problem, and reads as an empty one."""
        if isinstance(value, Mapping):
            odd = [key for key in value if not isinstance(key, str)]
            problems.extend(
                Problem(path, f"a field named by {kind_of(key)}", "field names that are texts", f"quote it: '{key}'")
                for key in odd
            )
            return cls(path, {key: item for key, item in value.items() if isinstance(key, str)}, problems)
        problems.append(Problem(path, kind_of(value), "a mapping of fields", f"write, for example, `{example}`"))
        return cls.blank(path, problems)

    @classmethod
    def blank(cls, path: str, problems: list[Problem]) -> Section:
        """In place of a mapping that is not there: what it lacks is not reported field by field."""
        return cls(path, {}, problems, _known=[_EVERYTHING])

    def at(self, name: str) -> str:
        """The path of one field."""
        return f"{self.path}.{name}"

    def problem(self, name: str, seen: str, allowed: str, mend: str) -> None:
        """Report a problem with one field."""
        self.problems.append(Problem(self.at(name), seen, allowed, mend))

    def text(
        self,
        name: str,
        *,
        default: str | None = None,
        check: Check | None = None,
        example: str,
        show: Callable[[str], str] | None = None,
    ) -> str:
        """A text that `check` accepts; required unless it has a default. `show` makes it fit for messages."""
        value = self._take(name)
        if value is _ABSENT:
            if default is None:
                self._missing(name, "a text", example)
            return default or ""
        if not isinstance(value, str) or not value:
            self.problem(name, kind_of(value), "a text", f'write, for example, `{name}: "{example}"`')
            return default or ""
        allowed = check(value) if check else None
        if allowed:
            self.problem(name, (show or shown)(value), allowed, f"write, for example, `{name}: {example}`")
        return value

    def choice(self, name: str, allowed: Sequence[str], *, default: str | None = None) -> str:
        """One of a few words."""
        value = self._take(name)
        if value is _ABSENT and default is not None:
            return default
        if value is _ABSENT:
            self._missing(name, ", ".join(allowed), allowed[0])
            return ""
        if value not in allowed:
            close = difflib.get_close_matches(str(value), allowed, n=1)
            # What resembles none of the words may be a secret that was written in their place.
            seen = shown(value) if close and isinstance(value, str) else kind_of(value)
            self.problem(name, seen, ", ".join(allowed), f"write `{name}: {(close or allowed)[0]}`")
            return ""
        return str(value)

    def flag(self, name: str, *, default: bool) -> bool:
        """true or false, and nothing that merely looks like it."""
        value = self._take(name)
        if value is _ABSENT:
            return default
        if not isinstance(value, bool):
            seen = shown(value) if isinstance(value, str) else kind_of(value)
            self.problem(name, seen, "true, false", f"write `{name}: {str(default).lower()}`")
            return default
        return value

    def number(self, name: str, low: int, high: int, *, default: int | None = None, unit: str = "") -> int:
        """A whole number from `low` to `high`."""
        value = self._take(name)
        allowed = f"a whole number from {low} to {high}" + (f" ({unit})" if unit else "")
        if value is _ABSENT:
            if default is None:
                self._missing(name, allowed, str(low))
            return low if default is None else default
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            seen = str(value) if isinstance(value, int) and not isinstance(value, bool) else kind_of(value)
            self.problem(name, seen, allowed, f"write, for example, `{name}: {low if default is None else default}`")
            return low if default is None else default
        return value

    def texts(self, name: str, *, default: Sequence[str], check: Check, example: str) -> tuple[str, ...]:
        """A list of different texts, each accepted by `check`."""
        value = self._take(name)
        if value is _ABSENT:
            return tuple(default)
        if not isinstance(value, list) or not value:
            seen = "an empty list" if value == [] else kind_of(value)
            self.problem(name, seen, "a list of texts", f"write `{name}: [{example}]`, or leave it out")
            return tuple(default)
        for index, item in enumerate(value):
            where = f"{name}[{index}]"
            if not isinstance(item, str):
                self.problem(where, kind_of(item), "a text", f"write, for example, `{example}`")
            elif allowed := check(item):
                self.problem(where, shown(item), allowed, f"write, for example, `{example}`")
            elif item in value[:index]:
                self.problem(where, f"{shown(item)} again", "each text once", "remove one of the two")
        return tuple(item for item in value if isinstance(item, str))

    def section(self, name: str, example: str, *, optional: bool = False) -> Section:
        """A mapping inside this one; one that is optional reads as an empty one where it is absent."""
        value = self._take(name)
        if value is _ABSENT:
            if not optional:
                self._missing(name, "a mapping of fields", example)
            return Section.blank(self.at(name), self.problems)
        return Section.of(self.at(name), value, self.problems, example)

    def sections(self, example: str) -> Iterator[tuple[str, Section]]:
        """Each field of this mapping as a mapping of its own: for mappings whose field names are the user's."""
        self._known.append(_EVERYTHING)
        for name, value in self.fields.items():
            yield name, Section.of(self.at(name), value, self.problems, example)

    def mapping_of_texts(self, name: str, check_name: Check, check_value: Check, example: str) -> dict[str, str]:
        """A mapping of the user's own names to texts, empty where it is absent."""
        section = self.section(name, f"{{{example}}}", optional=True)
        section._known.append(_EVERYTHING)
        texts: dict[str, str] = {}
        for key, value in section.fields.items():
            if allowed := check_name(key):
                section.problem(key, f"the name {shown(key)}", allowed, f"write, for example, `{example}`")
            elif not isinstance(value, str):
                section.problem(key, kind_of(value), "a text", f'quote it: `{key}: "…"`')
            elif allowed := check_value(value):
                section.problem(key, shown(value), allowed, f"write, for example, `{example}`")
            else:
                texts[key] = value
        return texts

    def skip(self, *names: str) -> None:
        """Leave fields unread that cannot be judged, because what they depend on is wrong and reported."""
        self._known.extend(names)

    def close(self) -> None:
        """Report every field that is there and was not asked for."""
        if _EVERYTHING in self._known:
            return
        for name in self.fields:
            if name not in self._known:
                close = difflib.get_close_matches(name, self._known, n=1)
                mend = f"did you mean `{close[0]}`? else remove it" if close else "remove it"
                self.problem(name, "an unknown field", ", ".join(self._known) or "no field here", mend)

    def _take(self, name: str) -> Any:
        self._known.append(name)
        return self.fields.get(name, _ABSENT)

    def _missing(self, name: str, allowed: str, example: str) -> None:
        if _EVERYTHING in self._known:
            return
        self.problem(name, "nothing", allowed, f"add `{name}: {example}`")


_EVERYTHING: Final = "*"
"""In place of the known fields: a mapping whose field names are not checked."""


def kind_of(value: object) -> str:
    """The kind of a value in words, without its content: what stands in the wrong place may be a secret."""
    match value:
        case None:
            return "nothing"
        case bool():
            return f"the flag {str(value).lower()}"
        case int() | float():
            return "a number"
        case "":
            return "an empty text"
        case str():
            return "a text"
        case list():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            return f"a {type(value).__name__}"


def shown(text: str) -> str:
    """A text of the declaration as a message shows it: quoted, and cut where it is long."""
    return repr(text) if len(text) <= 64 else f"{text[:60]!r}… ({len(text)} characters)"
