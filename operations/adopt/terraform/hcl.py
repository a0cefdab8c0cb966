"""Reads `terraform.tfvars`, in HCL or JSON. No message contains a value."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import hcl2
from hcl2.utils import SerializationOptions
from lark.exceptions import LarkError

from operations.errors import OperationError

# Its own conversion of heredocs drops the newline at the end, which a private key needs.
_OPTIONS: Final = SerializationOptions(with_comments=False, preserve_heredocs=True)
_HEREDOC: Final = re.compile(r'"<<(-?)([\w.-]+)\r?\n(.*?)^[ \t]*\2"', re.DOTALL | re.MULTILINE)
_ESCAPE: Final = re.compile(r'\$\$\{|%%\{|\\(?:u([0-9A-Fa-f]{4})|U([0-9A-Fa-f]{8})|([nrt"\\]))')
_PLAIN: Final = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_EXPRESSION: Final = re.compile(r"(?<!\$)\$\{|(?<!%)%\{")


@dataclass(frozen=True)
class Expression:
    """A value that only Terraform can compute."""


def read_variables(file: Path) -> dict[str, object]:
    """
    The variables by name. A value is a string, a number, a boolean, None, a list, a mapping or an `Expression`.

    :raises OperationError: the file cannot be read
    """
    try:
        text = file.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        what = f"{file} cannot be read"
        fix = "name the file with the variables of Terraform, then run the command again"
        raise OperationError(what, found=type(error).__name__, expected="a text file in UTF-8", fix=fix) from None
    return _of_json(file, text) if file.suffix == ".json" else _of_hcl(file, text)


def _of_json(file: Path, text: str) -> dict[str, object]:
    try:
        found = json.loads(text)
    except ValueError as error:
        # Only the place: the message of the decoder is safe, but its exception holds the text.
        raise _wrong(file, getattr(error, "lineno", 0), "no valid JSON") from None
    if not isinstance(found, dict):
        raise _wrong(file, 1, "no mapping")
    return found


def _of_hcl(file: Path, text: str) -> dict[str, object]:
    try:
        found = hcl2.loads(text, serialization_options=_OPTIONS)
    except LarkError as error:
        raise _wrong(file, int(getattr(error, "line", 0) or 0), "no valid HCL") from None
    return {name: _value(value) for name, value in found.items()}


def _wrong(file: Path, line: int, found: str) -> OperationError:
    what = f"{file} cannot be read{f': line {line}' if line > 0 else ''}"
    fix = "correct the line, check it with `terraform validate`, then run the command again"
    return OperationError(what, found=found, expected='lines such as NAME = "VALUE"', fix=fix)


def _value(value: object) -> object:
    if isinstance(value, Mapping):
        return {str(name).strip('"'): _value(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_value(each) for each in value]
    if not isinstance(value, str):
        return value
    if len(value) < 2 or not (value.startswith('"') and value.endswith('"')):
        return Expression()
    if heredoc := _HEREDOC.fullmatch(value):
        return _of_heredoc(heredoc[3].replace("\r\n", "\n"), indented=bool(heredoc[1]))
    inner = value[1:-1]
    return Expression() if _EXPRESSION.search(inner) else _ESCAPE.sub(_unescaped, inner)


def _of_heredoc(text: str, *, indented: bool) -> object:
    """:param indented: remove the indentation that all lines have"""
    if _EXPRESSION.search(text):
        return Expression()
    lines = text.splitlines(keepends=True)
    if indented:
        spaces = min((len(line) - len(line.lstrip(" ")) for line in lines if line.strip()), default=0)
        lines = [line[spaces:] if line.strip() else line.lstrip(" ") for line in lines]
    return "".join(lines).replace("$${", "${").replace("%%{", "%{")


def _unescaped(found: re.Match[str]) -> str:
    short, long, plain = found.groups()
    if plain:
        return _PLAIN[plain]
    return chr(int(short or long, 16)) if short or long else found[0][1:]
