"""HTML elements. Text is escaped, unless it is `Markup`."""

from __future__ import annotations

import html
from collections.abc import Iterable
from typing import Final

_VOID: Final = frozenset({"input", "meta"})


class Markup(str):
    """Text that is HTML already."""

    __slots__ = ()


def escaped(text: str) -> Markup:
    return text if isinstance(text, Markup) else Markup(html.escape(text))


def joined(parts: Iterable[str], between: str = "") -> Markup:
    return Markup(escaped(between).join(map(escaped, parts)))


def tag(name: str, /, *children: str, **attributes: str | bool | None) -> Markup:
    """
    An element.

    :param children: text, or elements
    :param attributes: `class_` is written as `class`, and `data_key` as `data-key`. True has no value; False, None and
        an empty `class_` are left out
    """
    written = "".join(_attribute(each, value) for each, value in attributes.items())
    if name in _VOID:
        return Markup(f"<{name}{written}>")
    return Markup(f"<{name}{written}>{joined(children)}</{name}>")


def prose(text: str) -> Markup:
    """A sentence; what is in backticks is code."""
    parts = text.split("`")
    if len(parts) % 2 == 0:
        return escaped(text)
    return joined(tag("code", part) if number % 2 else part for number, part in enumerate(parts))


def counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'' if count == 1 else 's'}"


def _attribute(name: str, value: str | bool | None) -> str:
    if value is False or value is None or (name == "class_" and value == ""):
        return ""
    written = name.rstrip("_").replace("_", "-")
    return f" {written}" if value is True else f' {written}="{html.escape(str(value))}"'
