"""
The path patterns of `assetPaths` and `archivePaths`.

`*` and `?` stop at `/`, `**` does not; `[a-z]`, `[!a-z]`, `{one,other}` and `\\` as usual.
A pattern that begins with `!` takes out again what earlier ones took in.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Sequence


class BadPattern(ValueError):
    """A pattern that cannot be read; the message says which and why."""


def matching_files(directory: str, patterns: Sequence[str]) -> dict[str, str]:
    """
    The files below `directory` that the patterns name: path from there → path with the directory.

    :raises BadPattern: a pattern cannot be read
    :raises OSError: a folder cannot be listed
    """
    rules = [(pattern.startswith("!"), compile_glob(pattern.removeprefix("!"))) for pattern in patterns]
    found: dict[str, str] = {}
    for folder, _, names in os.walk(directory, onerror=_fail):
        for name in names:
            path = posixpath.normpath(posixpath.join(posixpath.relpath(folder, directory), name))
            taken = False
            for excluded, glob in rules:
                if glob.fullmatch(path):
                    taken = not excluded
            if taken:
                found[path] = posixpath.normpath(posixpath.join(directory, path))
    return dict(sorted(found.items()))


def _fail(error: OSError) -> None:
    raise error


def compile_glob(pattern: str) -> re.Pattern[str]:
    """:raises BadPattern: it cannot be read"""
    expression, position = _alternatives(pattern, 0, top=True)
    assert position == len(pattern)
    return re.compile(expression, re.DOTALL)


def _alternatives(pattern: str, position: int, *, top: bool) -> tuple[str, int]:
    """Read up to the pattern's end, or to the `}` that closes a group; the position after what was read."""
    branches = [""]
    while position < len(pattern):
        character = pattern[position]
        position += 1
        if not top and character == "}":
            return f"(?:{'|'.join(branches)})", position
        if not top and character == ",":
            branches.append("")
            continue
        piece, position = _piece(pattern, character, position)
        branches[-1] += piece
    if not top:
        message = f"pattern {pattern!r}: a {{ is not closed"
        raise BadPattern(message)
    return branches[0], position


def _piece(pattern: str, character: str, position: int) -> tuple[str, int]:
    match character:
        case "*":
            end = position
            while pattern[end : end + 1] == "*":
                end += 1
            return (".*" if end > position else "[^/]*"), end
        case "?":
            return "[^/]", position
        case "[":
            return _class(pattern, position)
        case "{":
            return _alternatives(pattern, position, top=False)
        case "\\":
            if position == len(pattern):
                message = f"pattern {pattern!r}: nothing follows the last \\"
                raise BadPattern(message)
            return re.escape(pattern[position]), position + 1
        case _:
            return re.escape(character), position


def _class(pattern: str, position: int) -> tuple[str, int]:
    end = pattern.find("]", position)
    members = pattern[position:end].removeprefix("!") if end >= 0 else ""
    if not members:
        message = f"pattern {pattern!r}: a [ is not closed or has no characters"
        raise BadPattern(message)
    negated = "^" if pattern[position] == "!" else ""
    low, dash, high = members[:1], members[1:2], members[2:]
    if dash == "-" and len(high) == 1:
        if high < low:
            message = f"pattern {pattern!r}: the range {members} runs backwards"
            raise BadPattern(message)
        return f"[{negated}{re.escape(low)}-{re.escape(high)}]", end + 1
    return f"[{negated}{re.escape(members)}]", end + 1
