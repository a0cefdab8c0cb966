"""Reads the Markdown files of the repository: links, anchors, code."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.checkout import CHECKOUT

_IGNORED: Final = {".venv", ".sandbox", ".rotation", ".git", "expected", "node_modules"}
_FENCE: Final = re.compile(r"^ *(```|~~~).*?^ *\1 *$", re.MULTILINE | re.DOTALL)
_LINK: Final = re.compile(r"\]\(([^)\s]+)\)")
_HEADING: Final = re.compile(r"^#+ +(.*?) *#*$", re.MULTILINE)
_CODE: Final = re.compile(r"`([^`]+)`")
_TARGET_OF_A_LINK: Final = re.compile(r"\[([^\]]*)\]\([^)]*\)")


@dataclass(frozen=True)
class Link:
    """A link in a file; `target` is as written."""

    file: Path
    target: str

    def __str__(self) -> str:
        return f"{self.file.relative_to(CHECKOUT)} → {self.target}"

    @property
    def is_relative(self) -> bool:
        return "://" not in self.target and not self.target.startswith("mailto:")

    @property
    def path(self) -> Path:
        return (self.file.parent / self.target.partition("#")[0]).resolve() if self.target[0] != "#" else self.file

    @property
    def anchor(self) -> str:
        return self.target.partition("#")[2]


def files() -> list[Path]:
    """Every Markdown file for readers; the expected outputs of tests are none."""
    found = CHECKOUT.rglob("*.md")
    return sorted(file for file in found if not _IGNORED & set(file.relative_to(CHECKOUT).parts))


def links(file: Path) -> list[Link]:
    return [Link(file, target) for target in _LINK.findall(prose(file))]


def anchors(file: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a file."""
    found: dict[str, int] = {}
    anchors = set()
    for heading in _HEADING.findall(prose(file)):
        anchor = _anchor(heading)
        count = found.get(anchor, 0)
        found[anchor] = count + 1
        anchors.add(f"{anchor}-{count}" if count else anchor)
    return anchors


def prose(file: Path) -> str:
    """A file's text without its code blocks."""
    return _FENCE.sub("", file.read_text(encoding="utf-8"))


def code(text: str) -> Iterator[str]:
    """The code spans of a text."""
    return iter(_CODE.findall(text))


def table(file: Path, heading: str) -> list[list[str]]:
    """The rows of the first table under a heading, without its head."""
    _, _, after = file.read_text(encoding="utf-8").partition(f"# {heading}\n")
    rows = re.search(r"(?:^\|.*\n)+", after, re.MULTILINE)
    assert rows, f"{file} has no table under {heading!r}"
    lines = rows[0].splitlines()[2:]
    return [[cell.strip() for cell in line.strip().strip("|").split(" | ")] for line in lines]


def _anchor(heading: str) -> str:
    text = _TARGET_OF_A_LINK.sub(r"\1", heading).replace("`", "").lower()
    kept = (each for each in text if each in " -_" or unicodedata.category(each)[0] in "LNM")
    return "".join(kept).strip().replace(" ", "-")
