"""Questions to the user before a command writes."""

from __future__ import annotations

import sys


def can_confirm() -> bool:
    """Whether somebody can answer; says so if nobody can."""
    if not sys.stdin.isatty():
        print("Nobody can confirm: stdin is not a terminal. Run the command with --yes to write.")
        return False
    return True


def confirmed(question: str) -> bool:
    """Ask; False if nobody can answer."""
    if not can_confirm():
        return False
    try:
        return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")
    except EOFError:
        return False
