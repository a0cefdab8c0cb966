"""The value of a key of a Secret, in a form in which equal values are equal objects."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from infisical.template import syntax


@dataclass(frozen=True)
class Remote:
    """A secret in Infisical, or a part of it."""

    folder: str
    name: str
    json_property: str = ""
    decoding: str = "None"

    def __str__(self) -> str:
        details = [f"property {self.json_property}"] * bool(self.json_property)
        details += [f"decoded as {self.decoding}"] * (self.decoding != "None")
        return " ".join(filter(None, (f"{self.folder.rstrip('/')}/{self.name}", ", ".join(details))))


@dataclass(frozen=True)
class Literal:
    text: str

    def __str__(self) -> str:
        return f"the text {self.text!r}" if len(self.text) <= 40 else f"a text of {len(self.text)} characters"


@dataclass(frozen=True)
class Composed:
    """
    A template. `parts` is its meaning: texts, and actions whose fields are replaced by what they read.

    :param reads: the fields that it names
    :param reads_all: whether it can read every field, such as in a `range`
    """

    text: str
    parts: tuple[object, ...]
    reads: frozenset[str]
    reads_all: bool

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Composed) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(self.parts)

    def __str__(self) -> str:
        return f"a template that reads {', '.join(sorted(self.reads)) or 'no field'}"


Value = Remote | Literal | Composed


def value_of(text: str, fields: Mapping[str, Remote]) -> Value:
    """
    What a template writes.

    :param fields: the values that it can read by name
    """
    template = syntax.read(text)
    if template.errors:
        return Composed(text, (text,), frozenset(), reads_all=False)
    texts = [_constant(part) for part in template.parts]
    if all(part is not None for part in texts):
        return Literal("".join(filter(None, texts)))
    actions = list(template.actions)
    if len(actions) == 1 and not any(part for part in template.parts if isinstance(part, str)):
        name = _reference(actions[0].tokens)
        if name in fields:
            return fields[name]
    names = syntax.fields_of(text)
    reads_all = any(_reads_all(action.tokens) for action in actions)
    parts = tuple(
        part if isinstance(part, str) else _resolved(part.tokens, fields) for part in template.parts if part != ""
    )
    every = tuple(sorted((name, str(remote)) for name, remote in fields.items())) if reads_all else ()
    return Composed(text, (*parts, every), names, reads_all)


def with_renamed_fields(text: str, names: Mapping[str, str]) -> str:
    """A template that reads its fields by new names."""

    def action(found: re.Match[str]) -> str:
        inside = found[0]
        for name, renamed in names.items():
            known = re.escape(name)
            inside = re.sub(rf"(?<![\w.)])(\$?)\.{known}(?!\w)", rf"\1{syntax.reference(renamed)}", inside)
            inside = re.sub(rf'(\bindex\s+[.$]\s+)"{known}"', rf'\1"{renamed}"', inside)
        return inside

    return re.sub(r"\{\{.*?\}\}", action, text, flags=re.DOTALL) if names else text


def _constant(part: str | syntax.Action) -> str | None:
    """The text of a part that is always the same; None for any other."""
    if isinstance(part, str):
        return part
    if len(part.tokens) == 1 and part.tokens[0].kind == "string":
        try:
            return syntax.unquoted(part.tokens[0].text)
        except ValueError:
            return None
    return None


def _reference(tokens: tuple[syntax.Token, ...]) -> str:
    """The field that an action writes unchanged; empty if it does something else."""
    words = [token.text for token in tokens]
    if words[-2:] == ["|", "toString"]:
        words = words[:-2]
    if words[:1] == ["("] and words[-1:] == [")"]:
        words = words[1:-1]
    if len(words) == 1 and re.fullmatch(r"\$?\.\w+", words[0]):
        return words[0].lstrip("$.")
    if len(words) == 3 and words[0] == "index" and words[1] in (".", "$") and words[2].startswith('"'):
        return words[2][1:-1]
    return ""


def _reads_all(tokens: tuple[syntax.Token, ...]) -> bool:
    for at, token in enumerate(tokens):
        is_all = token.kind == "dot" or (token.kind == "variable" and token.text == "$")
        follows = tokens[at + 1].kind if at + 1 < len(tokens) else ""
        if is_all and not (at and tokens[at - 1].text == "index" and follows == "string"):
            return True
    return False


def _resolved(tokens: tuple[syntax.Token, ...], fields: Mapping[str, Remote]) -> tuple[object, ...]:
    """The tokens of an action. What it reads is in the place of a field's name."""
    found: list[object] = []
    for at, token in enumerate(tokens):
        words = [each.text for each in tokens[max(at - 2, 0) : at]]
        name = token.text.lstrip("$.")
        if (token.kind == "field" or token.text.startswith("$.")) and name in fields:
            found.append(fields[name])
        elif token.kind == "string" and words[:1] == ["index"] and words[1:] in (["."], ["$"]):
            inside = token.text[1:-1]
            found.append(fields.get(inside, inside))
        else:
            found.append(token.text)
    return tuple(found)
