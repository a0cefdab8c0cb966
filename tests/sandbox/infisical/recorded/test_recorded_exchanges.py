from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.sandbox.infisical.recorded.exchange import Exchange, exchanges
from tests.sandbox.infisical.recorded.replay import replayed


@pytest.fixture(scope="module")
def differing() -> Iterator[dict[int, list[str]]]:
    with replayed() as found:
        yield found


@pytest.mark.parametrize("exchange", exchanges(), ids=lambda exchange: exchange.name)
def test_the_fake_answers_as_the_real_server_did(exchange: Exchange, differing: dict[int, list[str]]) -> None:
    assert not differing[exchange.number]


def test_every_recorded_exchange_is_replayed(differing: dict[int, list[str]]) -> None:
    assert sorted(differing) == list(range(1, 356))
