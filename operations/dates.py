"""The dates of a value, as the stack output `rotations` has them."""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass
from typing import Final

_SENTENCE: Final = re.compile(
    r"since (\d{4}-\d{2}-\d{2}), (?:(?:due on|OVERDUE since) (\d{4}-\d{2}-\d{2})|never changes)", re.ASCII
)


@dataclass(frozen=True)
class Dates:
    """
    :param since: the first day of the value
    :param due: the day of its next rotation; None if it never changes
    """

    since: datetime.date
    due: datetime.date | None

    def is_overdue(self, today: datetime.date) -> bool:
        return self.due is not None and self.due < today

    def age_days(self, today: datetime.date) -> int:
        """Not negative: a clock may be behind."""
        return max(0, (today - self.since).days)


def read_dates(words: str) -> Dates | None:
    """The dates in a sentence of the output; None if it has a different form."""
    found = _SENTENCE.fullmatch(words)
    if not found:
        return None
    try:
        since = datetime.date.fromisoformat(found[1])
        due = datetime.date.fromisoformat(found[2]) if found[2] else None
    except ValueError:
        return None
    return Dates(since, due)
