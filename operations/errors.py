"""The error of all operations; the command line shows its message."""

from __future__ import annotations

from typing import Final

_INDENT: Final = " " * 4


class OperationError(Exception):
    """
    A message for the user. It never contains a secret value.

    :param what: what failed, and where; one line
    :param found: what was found; may have several lines
    :param expected: what was expected instead
    :param fix: the next command
    """

    def __init__(self, what: str, *, found: str = "", expected: str = "", fix: str) -> None:
        parts = (("found:", found), ("expected:", expected), ("fix:", fix))
        lines = [f"{_INDENT}{name:<10}{_aligned(text)}" for name, text in parts if text]
        super().__init__("\n".join([what, *lines]))


def _aligned(text: str) -> str:
    first, *others = text.strip().splitlines()
    return "\n".join([first, *(f"{_INDENT}{'':<10}{line}" for line in others)])
