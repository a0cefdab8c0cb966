"""The fake's clock is the one that its answers show."""

from __future__ import annotations

import datetime
from email.utils import parsedate_to_datetime

from sandbox.infisical import FakeInfisical
from tests.sandbox.infisical.client import send


def test_the_date_of_an_answer_is_that_of_the_clock(fake_infisical: FakeInfisical) -> None:
    def date() -> datetime.datetime:
        return parsedate_to_datetime(send(fake_infisical.url, "GET", "/api/status").headers["date"])

    before = date()
    fake_infisical.advance(3600)

    assert date() - before >= datetime.timedelta(hours=1)
