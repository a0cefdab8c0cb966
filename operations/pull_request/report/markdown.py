"""Untrusted text in Markdown: it cannot add markup, mentions or links."""

from __future__ import annotations

import json
import re
from typing import Any, Final

LONGEST: Final = 120
_LONGEST_BLOCK: Final = 6000


def code(text: str) -> str:
    """Return the text as a code span in one line."""
    line = "".join(letter if letter.isprintable() else " " for letter in text.replace("\n", " ⏎ "))
    line = line.replace("`", "'").strip() or " "
    return f"`{line if len(line) <= LONGEST else f'{line[:LONGEST]}…'}`"


def value(found: Any) -> str:
    """Return a JSON value in one line. Values that differ in each run are only described."""
    if found is None:
        return "not set"
    text = found if isinstance(found, str) else json.dumps(found, ensure_ascii=False, sort_keys=True)
    if re.fullmatch(r"[0-9a-f]{12}|[0-9a-f]{64}", text):
        return "a hash"
    if re.fullmatch(r"offline/[0-9a-f]{32}", text):
        return "a placeholder ID"
    return code(text) if text else "an empty string"


def block(text: str) -> list[str]:
    """Return the text as a code block, which it cannot end."""
    shown = "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
    if len(shown) > _LONGEST_BLOCK:
        shown = f"{shown[:_LONGEST_BLOCK]}\n… ({len(shown) - _LONGEST_BLOCK} more characters)"
    return ["```text", *shown.replace("```", "'''").strip("\n").splitlines(), "```"]
