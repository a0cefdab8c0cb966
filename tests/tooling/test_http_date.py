"""How far a server's clock is ahead, by the Date header of its answers."""

from __future__ import annotations

import datetime

import pytest

from tooling.http_date import seconds_ahead

NOW = datetime.datetime(2026, 11, 30, 12, 0, 30, tzinfo=datetime.UTC)


@pytest.mark.parametrize(
    ("header", "ahead"),
    [("Mon, 30 Nov 2026 12:01:00 GMT", 30.0), ("Mon, 30 Nov 2026 12:00:00 GMT", -30.0)],
)
def test_the_difference_has_a_sign(header: str, ahead: float) -> None:
    assert seconds_ahead(header, NOW) == ahead


@pytest.mark.parametrize("header", ["", "yesterday", "Mon, 30 Nov 2026 12:00:00"])
def test_a_header_without_a_time_tells_nothing(header: str) -> None:
    assert seconds_ahead(header, NOW) is None
