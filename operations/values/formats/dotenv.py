"""
Dotenv files.

Tools read some escapes in different ways: a shell, Docker Compose and Infisical take `'a\\b'` literally, and others do
not. Such a value is refused, and never written.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator, Mapping
from typing import Final

from dotenv.parser import Binding, parse_stream

from declaration import Problem
from operations.values.formats.given import Given

_NAME: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_./-]*")
_QUOTED: Final = re.compile(r"^[^=]*=[^\S\r\n]*(?P<quote>['\"])(?P<inside>.*)(?P=quote)", re.DOTALL)
_CLEAR: Final = {
    "'": re.compile(r"([^\\]|\\(?!['\\]))*", re.DOTALL),
    '"': re.compile(r'([^\\]|\\[nrt"\\])*', re.DOTALL),
}
"""By quote, what all tools read in the same way."""
_ESCAPED: Final = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def read_dotenv(file: str, text: str, problems: list[Problem]) -> list[Given]:
    """
    :param file: its name, for messages
    """
    return list(_read(file, text, problems))


def write_dotenv(values: Mapping[str, str]) -> str:
    return "".join(f"{name}={_quoted(value)}\n" for name, value in values.items())


def _read(file: str, text: str, problems: list[Problem]) -> Iterator[Given]:
    for binding in parse_stream(io.StringIO(text, newline="")):
        line = binding.original.line + _empty_lines(binding)
        is_line = binding.key is not None and binding.value is not None and _NAME.fullmatch(binding.key)
        if binding.error or (binding.key is not None and not is_line):
            # What is in the place of the name may be a part of a value.
            fix = "put a value of several lines in quotes, close quotes, or use JSON"
            problems.append(Problem(f"{file}: line {line}", "a line that cannot be read", "NAME=value", fix))
        elif binding.key is not None and binding.value is not None:
            if _is_ambiguous(binding.original.string):
                found = "a backslash that tools read in different ways"
                expected = (
                    'no backslash before a quote or a backslash in \'…\'; in "…", only \\n, \\r, \\t, \\" and \\\\'
                )
                problems.append(Problem(f"{file}: {binding.key} (line {line})", found, expected, "use JSON"))
            else:
                yield Given(binding.key, binding.value, f"line {line}")


def _empty_lines(binding: Binding) -> int:
    """The lines before a binding that belong to it."""
    text = binding.original.string
    return text[: len(text) - len(text.lstrip())].count("\n")


def _is_ambiguous(line: str) -> bool:
    found = _QUOTED.match(line)
    return bool(found and not _CLEAR[found["quote"]].fullmatch(found["inside"]))


def _quoted(value: str) -> str:
    if not set(value) & {"'", "\\", "\r"}:
        return f"'{value}'"
    return '"' + "".join(_ESCAPED.get(character, character) for character in value) + '"'
