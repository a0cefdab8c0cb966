"""
All keys of a folder in one Secret: which of them, and under which names. Pure, as `infisical.rules`.

The patterns are those of Go, of which only the part that Python reads in the same way is accepted.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

_ONLY_PYTHON: Final = re.compile(r"\(\?(?!:)|\\[1-9AZzpPQECbBGKkNux]|[*+?}]\+")
_REFERENCE: Final = re.compile(r"\$(?:\{(\w+)\}|(\w+)|(\$))", re.ASCII)


@dataclass(frozen=True)
class WholeFolder:
    """
    A folder whose keys a Secret gets: those that match `include`, without those whose new name matches `exclude`.

    `source` and `target` rename them: a part of a name that matches `source` becomes `target`. All four may be empty.
    """

    path: str
    include: str = ""
    exclude: str = ""
    source: str = ""
    target: str = ""

    def selected(self, values: Mapping[str, str]) -> dict[str, str]:
        """The values by key of the Secret."""
        found = {self._renamed(name): value for name, value in values.items() if matches(self.include, name)}
        return {name: value for name, value in found.items() if not self.exclude or not matches(self.exclude, name)}

    def _renamed(self, name: str) -> str:
        if self.source:
            name = re.sub(self.source, lambda match: _expanded(self.target, match), name, flags=re.ASCII)
        # The operator replaces what a Secret's key may not contain.
        return "".join(it if it.isalnum() or it in "-._" else "_" for it in name)


def as_text(folder: WholeFolder) -> str:
    return json.dumps({name: value for name, value in asdict(folder).items() if value})


def of_text(text: str) -> WholeFolder:
    return WholeFolder(**json.loads(text))


def pattern(text: str) -> str | None:
    """A pattern that the operator and this program read in the same way."""
    try:
        fits = not _ONLY_PYTHON.search(text) and re.compile(text, re.ASCII)
    except re.error:
        fits = None
    return None if fits else "a regular expression without lookaround, back-references and flags, such as '^PG_'"


def replacement(source: str, target: str) -> str | None:
    """What may replace a match of a pattern."""
    groups = re.compile(source, re.ASCII).groups
    for braced, plain, dollar in _REFERENCE.findall(target):
        name = braced or plain
        if not dollar and not (name.isdecimal() and int(name) <= groups):
            return f"text with references to groups of the pattern, ${{0}} to ${{{groups}}}"
    return None


def matches(text: str, name: str) -> bool:
    """Whether a part of a name matches a pattern."""
    return re.search(text, name, re.ASCII) is not None


def _expanded(target: str, match: re.Match[str]) -> str:
    def part(found: re.Match[str]) -> str:
        return "$" if found[3] else match[int(found[1] or found[2])] or ""

    return _REFERENCE.sub(part, target)
