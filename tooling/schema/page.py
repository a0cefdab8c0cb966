"""Reads the tables of `docs/reference/declaration.md`."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import yaml

PAGE: Final = Path(__file__).parents[2] / "docs" / "reference" / "declaration.md"

_HEADING: Final = re.compile(r"#+ `(homelab:[A-Za-z0-9.]*)`")
_CODE: Final = re.compile(r"`([^`]*)`")
_RANGE: Final = re.compile(r"integer (\d+)\u2013(\d+)")
_LINK: Final = re.compile(r"\[([^]]*)\]\(([^)]*)\)")


@dataclass(frozen=True)
class Row:
    """One field, as the page describes it."""

    section: str
    name: str
    type: str
    default: str
    example: str
    meaning: str

    def __str__(self) -> str:
        return f"{self.section}.{self.name}"

    @property
    def required(self) -> bool:
        return self.default.startswith("required")

    @property
    def default_value(self) -> Any:
        """The default as YAML gives it; None if the page describes it in words."""
        return _value(self.default) if _CODE.fullmatch(self.default) else None

    @property
    def example_value(self) -> Any:
        return _value(self.example)

    @property
    def limits(self) -> tuple[int, int] | None:
        """The smallest and the largest number of an integer field."""
        return limits_in(self.type)

    @property
    def choices(self) -> list[str]:
        """The words of a field that accepts nothing else."""
        return codes(self.type) if self.type.startswith("`") else []

    @property
    def anchors(self) -> list[str]:
        """The sections of this page that the meaning refers to."""
        return [target[1:] for _, target in _LINK.findall(self.meaning) if target.startswith("#")]


@functools.cache
def rows() -> tuple[Row, ...]:
    """All fields that have a row under the heading of a mapping."""
    found: list[Row] = []
    section = ""
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            heading = _HEADING.fullmatch(line)
            section = heading[1] if heading else ""
        elif section and line.startswith("| `"):
            name, kind, default, example, meaning = cells(line)
            found.append(Row(section, codes(name)[0], kind, default, example, meaning))
    return tuple(found)


def table(heading: str) -> list[list[str]]:
    """The rows of the table under a heading, without its head."""
    text = PAGE.read_text(encoding="utf-8")
    _, _, after = text.partition(f"# {heading}\n")
    part = re.split(r"^#", after, maxsplit=1, flags=re.MULTILINE)[0]
    return [cells(line) for line in part.splitlines() if line.startswith("| `")]


def cells(line: str) -> list[str]:
    """The cells of a table row."""
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def codes(text: str) -> list[str]:
    """What a text has in backticks."""
    return _CODE.findall(text)


def limits_in(text: str) -> tuple[int, int] | None:
    """The limits of an integer, if the text has any."""
    found = _RANGE.search(text)
    return (int(found[1]), int(found[2])) if found else None


def plain(text: str) -> str:
    """A text without its links."""
    return _LINK.sub(r"\1", text)


def anchor(section: str) -> str:
    """The anchor of a section's heading."""
    return re.sub(r"[^a-z0-9 -]", "", section.lower())


def _value(cell: str) -> Any:
    return yaml.safe_load(codes(cell)[0])
