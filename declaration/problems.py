"""The errors of a declaration as data, and how they are shown to its owner."""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

PREVIEW: Final = "`pulumi preview`"
"""What the user runs after the fix."""
LISTED_FILES: Final = 3
"""The headline of an error names at most this many files."""


@dataclass(frozen=True)
class Problem:
    """
    One error: where it is, what was found, what is expected instead, and how to fix it. Contains no secret.

    :param file: the file that the user edits, if it is not the stack file
    """

    path: str
    found: str
    expected: str
    fix: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.path}\n    found:    {self.found}\n    expected: {self.expected}\n    fix:      {self.fix}"


class DeclarationError(Exception):
    """
    The declaration cannot be used. `problems` holds all its errors in the order of the file.

    :param source: the file that the user edits, unless a problem names another
    :param next_command: what the user runs after the fix
    """

    def __init__(self, source: str, problems: Sequence[Problem], next_command: str = PREVIEW) -> None:
        self.source = source
        self.problems = tuple(problems)
        count = "1 error" if len(problems) == 1 else f"{len(problems)} errors"
        listed = "\n\n".join(f"  {problem}" for problem in problems)
        files = list(dict.fromkeys(problem.file or source for problem in problems)) or [source]
        have, them = ("has", files[0]) if len(files) == 1 else ("have", "these files")
        super().__init__(
            f"{_listed(files)} {have} {count}; nothing was changed.\n\n{listed}\n\nFix {them}, then run {next_command}."
        )


def _listed(files: list[str]) -> str:
    if len(files) > LISTED_FILES:
        return f"{files[0]} and {len(files) - 1} other files"
    *others, last = files
    return f"{', '.join(others)} and {last}" if others else last


def kind_of(value: object) -> str:
    """The kind of a value without its content: what is in the wrong place may be a secret."""
    match value:
        case None:
            return "missing"
        case bool():
            return f"boolean {str(value).lower()}"
        case int() | float():
            return "a number"
        case "":
            return "an empty string"
        case str():
            return "a string"
        case list():
            return "a list"
        case Mapping():
            return "a mapping"
        case datetime.date():
            return "a date"
        case _:
            return f"a {type(value).__name__}"


def shown(text: str) -> str:
    """A string of the declaration as a message shows it: quoted, and cut if it is long."""
    return repr(text) if len(text) <= 64 else f"{text[:60]!r}… ({len(text)} characters)"
