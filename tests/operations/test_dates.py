"""The dates of a value are read from the sentence that the stack output `rotations` has."""

from __future__ import annotations

import datetime

import pytest

from operations.dates import Dates, read_dates

SINCE, DUE = datetime.date(2026, 6, 1), datetime.date(2027, 6, 1)


@pytest.mark.parametrize(
    ("words", "dates"),
    [
        ("since 2026-06-01, due on 2027-06-01", Dates(SINCE, DUE)),
        ("since 2026-06-01, OVERDUE since 2027-06-01", Dates(SINCE, DUE)),
        ("since 2026-06-01, never changes", Dates(SINCE, None)),
        ("since 2026-13-01, never changes", None),
        ("since yesterday", None),
        ("", None),
    ],
)
def test_a_sentence_is_read(words: str, dates: Dates | None) -> None:
    assert read_dates(words) == dates


def test_a_rotation_is_overdue_after_its_day() -> None:
    dates = Dates(SINCE, DUE)

    assert [dates.is_overdue(DUE + datetime.timedelta(days=days)) for days in (-1, 0, 1)] == [False, False, True]


def test_a_value_of_tomorrow_is_not_younger_than_a_day() -> None:
    assert Dates(SINCE, None).age_days(SINCE - datetime.timedelta(days=1)) == 0
