"""
Renders a template as the operator does, if it consists of texts, fields, and functions that are known here exactly.

All values are strings: the operator passes nothing else to a template.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final
from urllib.parse import quote_plus

from infisical.template.syntax import Token, read, unquoted

WHITE_SPACE: Final = "\t\n\v\f\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a" + (
    "\u2028\u2029\u202f\u205f\u3000"
)
"""What Go trims."""


class NotRenderable(Exception):
    """The template needs something that is not known here."""


class Failed(Exception):
    """The operator cannot render the template with these values. The text contains no value."""


def render(text: str, values: Mapping[str, str]) -> str:
    """
    :raises NotRenderable: the operator's result is not known
    :raises Failed: the operator cannot render it
    """
    template = read(text)
    if template.errors:
        raise NotRenderable
    return "".join(part if isinstance(part, str) else _pipeline(part.tokens, values) for part in template.parts)


def _pipeline(tokens: Sequence[Token], values: Mapping[str, str]) -> str:
    result: str | None = None
    for command in _commands(tokens):
        given = [] if result is None else [result]
        result = _command(command, given, values)
    if result is None:
        raise NotRenderable
    return result


def _commands(tokens: Sequence[Token]) -> list[list[Token]]:
    """The commands of a pipeline, without looking into parentheses."""
    commands: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        depth += (token.text == "(") - (token.text == ")")
        if token.kind == "mark" and token.text == "|" and depth == 0:
            commands.append([])
        else:
            commands[-1].append(token)
    return commands


def _command(tokens: Sequence[Token], given: list[str], values: Mapping[str, str]) -> str:
    if not tokens:
        raise NotRenderable
    first = tokens[0]
    if first.kind != "word":
        operands = _operands(tokens, values)
        if given or len(operands) != 1:
            raise NotRenderable
        return operands[0]
    if first.text == "index":
        return _index(tokens[1:], given, values)
    function = KNOWN.get(first.text)
    if function is None:
        raise NotRenderable
    arguments = [*_operands(tokens[1:], values), *given]
    try:
        return function(*arguments)
    except TypeError:
        raise NotRenderable from None


def _index(tokens: Sequence[Token], given: list[str], values: Mapping[str, str]) -> str:
    if given or len(tokens) != 2 or tokens[0].text not in (".", "$") or tokens[1].kind != "string":
        raise NotRenderable
    # Unlike a field, a missing entry is an empty string.
    return values.get(_text(tokens[1]), "")


def _operands(tokens: Sequence[Token], values: Mapping[str, str]) -> list[str]:
    found: list[str] = []
    at = 0
    while at < len(tokens):
        token = tokens[at]
        if token.text == "(" and token.kind == "mark":
            end = _closing(tokens, at)
            found.append(_pipeline(tokens[at + 1 : end], values))
            at = end
        elif token.kind == "field" or (token.kind == "variable" and token.text.startswith("$.")):
            found.append(_field(token.text.lstrip("$")[1:], values))
        elif token.kind == "string":
            found.append(_text(token))
        else:
            raise NotRenderable
        at += 1
    return found


def _closing(tokens: Sequence[Token], at: int) -> int:
    depth = 0
    for end in range(at, len(tokens)):
        if tokens[end].kind == "mark":
            depth += (tokens[end].text == "(") - (tokens[end].text == ")")
        if depth == 0:
            return end
    raise NotRenderable


def _field(name: str, values: Mapping[str, str]) -> str:
    if "." in name:
        raise NotRenderable
    if name not in values:
        message = f"the field {name} has no value"
        raise Failed(message)
    return values[name]


def _text(token: Token) -> str:
    try:
        return unquoted(token.text)
    except ValueError:
        raise NotRenderable from None


def _decoded(text: str) -> str:
    # The operator's function returns its own error text instead, with a part of the value.
    try:
        return base64.b64decode(text, validate=True).decode()
    except (binascii.Error, ValueError):
        raise NotRenderable from None


def _json(text: str) -> str:
    """As Go: these characters are escaped too."""
    found = json.dumps(text, ensure_ascii=False)
    for character in "<>&\u2028\u2029":
        found = found.replace(character, f"\\u{ord(character):04x}")
    # Releases of Go differ in how they write the other control characters.
    if any(ord(character) < 32 and character not in "\n\r\t" for character in text):
        raise NotRenderable
    return found


def _quoted(*texts: str) -> str:
    if any(not character.isascii() or not character.isprintable() for text in texts for character in text):
        raise NotRenderable
    return " ".join('"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"' for text in texts)


def _printf(form: str, *values: str) -> str:
    first, *rest = (part.replace("\0", "%") for part in form.replace("%%", "\0").split("%"))
    if "\0" in form or len(rest) != len(values) or any(part[:1] not in ("s", "v") for part in rest):
        raise NotRenderable
    return first + "".join(value + part[1:] for value, part in zip(values, rest, strict=True))


def _unknown() -> str:
    raise NotRenderable


def _ascii_case(change: Callable[[str], str]) -> Callable[[str], str]:
    # Python and Go disagree about some letters of other alphabets.
    return lambda text: change(text) if text.isascii() else _unknown()


KNOWN: Final[Mapping[str, Callable[..., str]]] = {
    "b64dec": _decoded,
    "b64enc": lambda text: base64.b64encode(text.encode()).decode(),
    "default": lambda fallback, text: text or fallback,
    "lower": _ascii_case(str.lower),
    "nospace": lambda text: "".join(character for character in text if character not in WHITE_SPACE),
    "print": lambda text: text,
    "printf": _printf,
    "quote": _quoted,
    "replace": lambda old, new, text: text.replace(old, new) if old else _unknown(),
    "sha256sum": lambda text: hashlib.sha256(text.encode()).hexdigest(),
    "squote": lambda *texts: " ".join(f"'{text}'" for text in texts),
    "toJson": _json,
    "toString": lambda text: text,
    "trim": lambda text: text.strip(WHITE_SPACE),
    "trimPrefix": lambda prefix, text: text.removeprefix(prefix),
    "trimSuffix": lambda suffix, text: text.removesuffix(suffix),
    "upper": _ascii_case(str.upper),
    "urlquery": lambda text: quote_plus(text, safe=""),
}
"""The functions whose results are known here for strings."""
