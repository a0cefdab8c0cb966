"""Reads a template: its text, its actions, and everything that the operator would refuse."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from typing import Final

from infisical.template.functions import FUNCTIONS, ONLY_IN

_TOKEN: Final = re.compile(
    r"""
    (?P<space>\s+)
    |(?P<string>"(?:\\.|[^"\\\n])*"|`[^`]*`)
    |(?P<character>'(?:\\.|[^'\\\n])+')
    |(?P<number>[+-]?(?:0[xXbBoO][0-9a-fA-F_]+|[0-9][0-9_]*(?:\.[0-9_]*)?(?:[eE][+-]?[0-9]+)?|\.[0-9]+))
    |(?P<variable>\$\w*(?:\.\w+)*)
    |(?P<field>(?:\.[^\W\d]\w*)+)
    |(?P<dot>\.)
    |(?P<word>[^\W\d]\w*)
    |(?P<mark>:=|=|[()|,])
    """,
    re.VERBOSE,
)
_OPENS: Final = ("if", "with", "range", "block", "define")
_KEYWORDS: Final = (*_OPENS, "else", "end", "template", "break", "continue")
_CONSTANTS: Final = ("true", "false", "nil")
_SHORTEST: Final = 20


@dataclass(frozen=True)
class Token:
    """:param kind: the name of a group of the pattern; `access` for a field of what is in parentheses"""

    kind: str
    text: str


@dataclass(frozen=True)
class Action:
    """What is between `{{` and `}}`."""

    tokens: tuple[Token, ...]


@dataclass
class Template:
    """A template in parts, each a literal text or an action; `errors` has what the operator would refuse."""

    parts: list[str | Action] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)

    @property
    def actions(self) -> Iterator[Action]:
        return (part for part in self.parts if isinstance(part, Action))

    @property
    def functions(self) -> frozenset[str]:
        words = (token.text for action in self.actions for token in action.tokens if token.kind == "word")
        return frozenset(word for word in words if word not in _KEYWORDS and word not in _CONSTANTS)


def read(text: str) -> Template:
    """Read a template. Its errors contain no text between actions."""
    template = Template()
    at = 0
    trim = False
    while True:
        start = text.find("{{", at)
        literal = text[at:] if start < 0 else text[at:start]
        literal = literal.lstrip(" \t\r\n") if trim else literal
        if start < 0:
            template.parts.append(literal)
            break
        inside = start + 2
        if text[inside : inside + 1] == "-" and text[inside + 1 : inside + 2].isspace():
            literal, inside = literal.rstrip(" \t\r\n"), inside + 1
        template.parts.append(literal)
        end = _read_action(text, inside, template)
        if end is None:
            break
        at, trim = end
    _check_blocks(template)
    return template


def problems(text: str, fields: Collection[str] | None) -> list[str]:
    """
    Everything that the operator would refuse.

    :param fields: the names that the template may read; None if they are not known
    """
    template = read(text)
    return [*template.errors, *_functions(template), *(() if fields is None else _fields(template, fields))]


def reference(name: str) -> str:
    """How a template reads a field, in a command."""
    return f".{name}" if re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name) else f'(index . "{name}")'


def fields_of(text: str) -> frozenset[str]:
    """The fields that a template names."""
    template = read(text)
    return frozenset(name for action, names in _read_fields(template) for name in names)


def _read_action(text: str, at: int, template: Template) -> tuple[int, bool] | None:
    """:returns: where the text goes on, and whether it loses white space; None at the end"""
    comment = re.compile(r"\s*/\*.*?\*/\s*?(\s-)?\}\}", re.DOTALL).match(text, at)
    if comment:
        return comment.end(), bool(comment[1])
    tokens: list[Token] = []
    opened = 0
    begin = at
    while True:
        if text.startswith("}}", at):
            closed = at + 2, False
            break
        if re.compile(r"\s-\}\}").match(text, at):
            closed = at + 4, True
            break
        found = _TOKEN.match(text, at)
        if found is None:
            if at >= len(text) or text[at] in "\"`'" or "}}" not in text[at:]:
                template.errors.append(f"{_shown(text, begin)} is not closed by '}}}}'")
                return None
            template.errors.append(f"{_shown(text, begin)} has an unexpected character {text[at]!r}")
            return text.index("}}", at) + 2, False
        kind, word = str(found.lastgroup), found[0]
        follows = tokens and text[at - 1 : at] == ")" and tokens[-1].text == ")"
        if kind != "space":
            tokens.append(Token("access" if kind == "field" and follows else kind, word))
        opened += (word == "(") - (word == ")")
        if opened < 0:
            break
        at = found.end()
    if opened:
        template.errors.append(f"{_shown(text, begin)} has a parenthesis without its counterpart")
        end = text.find("}}", at)
        return (end + 2, False) if end >= 0 else None
    if not tokens:
        template.errors.append("an action `{{ }}` is empty")
    elif tokens[-1].text in ("|", ",", ":=", "=") or tokens[0].text in ("|", ","):
        template.errors.append(f"{_shown(text, begin)} has no command next to {tokens[-1].text!r}")
    template.parts.append(Action(tuple(tokens)))
    return closed


def _shown(text: str, begin: int) -> str:
    """The beginning of an action. It is in the unencrypted declaration, and no secret."""
    inside = " ".join(text[begin : begin + 2 * _SHORTEST].partition("}}")[0].split())
    return f"the action `{{{{ {inside[:_SHORTEST]}{'…' * (len(inside) > _SHORTEST)}`"


def _check_blocks(template: Template) -> None:
    if template.errors:
        return
    opened: list[str] = []
    for action in template.actions:
        word = action.tokens[0].text if action.tokens and action.tokens[0].kind == "word" else ""
        if word in _OPENS:
            opened.append(word)
        elif word == "end" and not opened:
            template.errors.append("`{{ end }}` ends no block")
        elif word == "end":
            opened.pop()
        elif word == "else" and (not opened or opened[-1] not in ("if", "with", "range")):
            template.errors.append("`{{ else }}` is in no `if`, `with` or `range`")
        elif word in ("break", "continue") and "range" not in opened:
            template.errors.append(f"`{{{{ {word} }}}}` is in no `range`")
    template.errors += [f"`{{{{ {word} … }}}}` has no `{{{{ end }}}}`" for word in opened]


def _functions(template: Template) -> Iterator[str]:
    for name in sorted(template.functions - FUNCTIONS):
        if name in ONLY_IN:
            yield f"the function {name}, which not every release of the operator has ({ONLY_IN[name]})"
        else:
            close = difflib.get_close_matches(name, FUNCTIONS, n=1)
            hint = f"; did you mean {close[0]}?" if close else ""
            yield f"the unknown function {name}{hint}"


def _fields(template: Template, fields: Collection[str]) -> Iterator[str]:
    if template.errors:
        return
    reported: set[str] = set()
    for _, names in _read_fields(template):
        for name in names:
            if name not in fields and name not in reported:
                reported.add(name)
                yield f"the field {name}, which no key provides"


def _read_fields(template: Template) -> Iterator[tuple[Action, list[str]]]:
    """The fields that each action reads from the operator's values."""
    scopes: list[bool] = []
    for action in template.actions:
        tokens = action.tokens
        word = tokens[0].text if tokens and tokens[0].kind == "word" else ""
        if word == "end" and scopes:
            scopes.pop()
        elif word == "else" and scopes:
            scopes[-1] = False
        yield action, list(_names(tokens, of_values=not any(scopes)))
        if word in _OPENS:
            # In these blocks, `.` is something else.
            scopes.append(word != "if")


def _names(tokens: tuple[Token, ...], *, of_values: bool) -> Iterator[str]:
    for at, token in enumerate(tokens):
        if token.kind == "field" and of_values:
            yield token.text[1:].partition(".")[0]
        elif token.kind == "variable" and token.text.startswith("$."):
            yield token.text[2:].partition(".")[0]
        elif token.text == "index" and _is_entry(tokens[at + 1 : at + 3], of_values=of_values):
            yield unquoted(tokens[at + 2].text)


def _is_entry(tokens: tuple[Token, ...], *, of_values: bool) -> bool:
    if len(tokens) < 2 or tokens[1].kind != "string":
        return False
    return tokens[0].text == "$" or (tokens[0].kind == "dot" and of_values)


def unquoted(literal: str) -> str:
    """
    A string of Go.

    :raises ValueError: it has an escape that is not known here
    """
    if literal.startswith("`"):
        return literal[1:-1].replace("\r", "")

    def character(found: re.Match[str]) -> str:
        if found[1] not in _ESCAPES:
            raise ValueError("an escape")
        return _ESCAPES[found[1]]

    return re.sub(r"\\(.)", character, literal[1:-1], flags=re.DOTALL)


_ESCAPES: Final = {"\\": "\\", '"': '"', "n": "\n", "r": "\r", "t": "\t"}
