"""Pieces of Markdown from texts that anybody may have written: none of them can be more than a text in it."""

from __future__ import annotations

import json
import re
from typing import Any, Final

LONGEST: Final = 120
_LONGEST_BLOCK: Final = 6000


def code(text: str) -> str:
    """A text in one line, in a code span: no markup, no mention, no link comes to life in it."""
    line = "".join(letter if letter.isprintable() else " " for letter in text.replace("\n", " ⏎ "))
    line = line.replace("`", "'").strip() or " "
    return f"`{line if len(line) <= LONGEST else f'{line[:LONGEST]}…'}`"


def value(found: Any) -> str:
    """A JSON value in one line."""
    if found is None:
        return "nothing"
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, sort_keys=True)
    if re.fullmatch(r"[0-9a-f]{12}|[0-9a-f]{64}", text):
        return "a fingerprint"
    if re.fullmatch(r"offline/[0-9a-f]{32}", text):
        return "an id that is made up here"
    return code(text) if text else "an empty text"


def block(text: str) -> list[str]:
    """A text of several lines as it is, in a block that it cannot end."""
    shown = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
    if len(shown) > _LONGEST_BLOCK:
        shown = f"{shown[:_LONGEST_BLOCK]}\n… ({len(shown) - _LONGEST_BLOCK} characters more)"
    return ["```text", *shown.replace("```", "'''").strip("\n").splitlines(), "```"]
