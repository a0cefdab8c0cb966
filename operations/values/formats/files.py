"""Reads and writes a file of any form."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from declaration import Problem
from operations.errors import OperationError
from operations.values.formats.dotenv import read_dotenv, write_dotenv
from operations.values.formats.given import Given
from operations.values.formats.structured import read_json, read_yaml, write_json, write_yaml

_READ: Final[Mapping[str, Callable[[str, str, list[Problem]], list[Given]]]] = {
    "dotenv": read_dotenv,
    "json": read_json,
    "yaml": read_yaml,
}
_WRITE: Final[Mapping[str, Callable[[Mapping[str, str]], str]]] = {
    "dotenv": write_dotenv,
    "json": write_json,
    "yaml": write_yaml,
}
FORMATS: Final = tuple(_READ)
STDIN: Final = Path("-")
_BY_SUFFIX: Final = {".json": "json", ".yaml": "yaml", ".yml": "yaml"}


def format_of(file: Path) -> str:
    """The form that a file's name says."""
    return _BY_SUFFIX.get(file.suffix.lower(), "dotenv")


def shown(file: Path) -> str:
    """A file's name, for messages."""
    return "stdin" if file == STDIN else file.name


def read_values(file: Path, form: str | None, problems: list[Problem]) -> list[Given]:
    """
    Read all values of a file, once each.

    :param form: one of `FORMATS`; None if the file's name or content says it
    :param problems: receives every problem; use the result only if none is added
    :raises OperationError: the file cannot be read
    """
    text = _text(file)
    if form is None:
        form = format_of(file)
        if form == "dotenv" and text.lstrip()[:1] in ("{", "["):
            form = "json"
    return list(_once(shown(file), _READ[form](shown(file), text, problems), problems))


def written(values: Mapping[str, str], form: str) -> str:
    """The text of a file with these values."""
    return _WRITE[form](values)


def _text(file: Path) -> str:
    what, again = f"{file} cannot be read", "correct the path, then run the command again"
    try:
        content = sys.stdin.buffer.read() if file == STDIN else file.read_bytes()
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        fix = "save the file as UTF-8, then run the command again"
        raise OperationError(what, found="bytes that are not UTF-8", expected="text in UTF-8", fix=fix) from None
    except FileNotFoundError:
        raise OperationError(what, found="file not found", fix=again) from None
    except OSError as error:
        raise OperationError(what, found=error.strerror or type(error).__name__, fix=again) from error


def _once(file: str, found: list[Given], problems: list[Problem]) -> list[Given]:
    first: dict[tuple[str, str], Given] = {}
    for given in found:
        other = first.setdefault((given.folder, given.name), given)
        if other.value != given.value:
            fix = "remove one of them"
            problems.append(
                Problem(
                    f"{file}: {given}", f"a second, different value: the first is in {other.where}", "one value", fix
                )
            )
        try:
            given.value.encode()
        except UnicodeEncodeError:
            problems.append(Problem(f"{file}: {given}", "half of a surrogate pair", "text", "correct the value"))
    return list(first.values())
