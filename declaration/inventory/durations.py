"""Durations as Go writes them: the operator rewrites any other form, and would then own the field."""

from __future__ import annotations

import re
from typing import Final

from declaration.problems import kind_of, shown

_DURATION: Final = re.compile(r"(?=\d)(?:(\d{1,5})h)?(?:(\d{1,7})m)?(?:(\d{1,8})s)?", re.ASCII)

LONGEST: Final = 12
"""Characters of a mistyped duration in a message."""

NEVER: Final = "0s"
"""As a refresh interval: only when something changes."""


def duration(text: str) -> str | None:
    """What is expected instead of `text`, or None if it is a duration."""
    return None if _DURATION.fullmatch(text) else "a duration in hours, minutes and seconds, such as 5m, 45m or 24h"


def canonical(text: str) -> str:
    """A duration in Go's form: `1h` is `1h0m0s`."""
    hours, rest = divmod(seconds_of(text), 3600)
    minutes, seconds = divmod(rest, 60)
    if hours:
        return f"{hours}h{minutes}m{seconds}s"
    return f"{minutes}m{seconds}s" if minutes else f"{seconds}s"


def seconds_of(text: str) -> int:
    """The length of a duration; one hour for any other text."""
    found = _DURATION.fullmatch(text)
    hours, minutes, seconds = (int(part or 0) for part in found.groups()) if found else (1, 0, 0)
    return 3600 * hours + 60 * minutes + seconds


def shown_duration(text: str) -> str:
    """For messages: a longer text is no mistyped duration, and may be a secret in the wrong place."""
    return shown(text) if len(text) <= LONGEST else kind_of(text)
