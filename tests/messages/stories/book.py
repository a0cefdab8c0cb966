"""All messages of one area in one readable file, compared word by word."""

from __future__ import annotations

import os
from collections.abc import Iterable
from difflib import unified_diff
from pathlib import Path

EXPECTED = Path(__file__).parents[1] / "expected"
UPDATE = "UPDATE_MESSAGES"


def assert_messages(area: str, messages: Iterable[tuple[str, str]]) -> None:
    """
    Compare the messages of an area with `expected/<area>.txt`; `UPDATE_MESSAGES=1` in the environment rewrites it.

    :param messages: what the user does or meets, and the message in full
    """
    text = "\n\n".join(f"## {title}\n\n{message.strip()}" for title, message in messages) + "\n"
    file = EXPECTED / f"{area}.txt"
    if os.environ.get(UPDATE):
        file.write_text(text, encoding="utf-8")
    expected = file.read_text(encoding="utf-8")
    differences = "\n".join(
        unified_diff(expected.splitlines(), text.splitlines(), "expected", "found", n=0, lineterm="")
    )
    assert not differences, f"{differences}\n\nIf the new text is better: {UPDATE}=1, and read the diff."
