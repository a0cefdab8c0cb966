"""The Date header of an HTTP answer, compared with this machine's clock."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime


def seconds_ahead(header: str, now: datetime.datetime | None = None) -> float | None:
    """
    How far the clock of a server is ahead of this machine's, to about a second; None without a valid header.

    :param header: the answer's `Date`
    :param now: when the answer came; the current time by default
    """
    try:
        sent = parsedate_to_datetime(header)
    except ValueError:
        return None
    if sent.tzinfo is None:
        return None
    return (sent - (now or datetime.datetime.now(datetime.UTC))).total_seconds()
