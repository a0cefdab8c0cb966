from __future__ import annotations

import pytest

from sandbox.postgres import Postgres
from tests.sandbox.infisical.databases import FakesDatabase, FileDatabase, OwnDatabase
from tests.sandbox.infisical.recorded.exchange import Exchange, exchanges
from tests.sandbox.infisical.recorded.replay import replayed

WITH_DATA_IN = pytest.mark.parametrize("data_in", ["a file", "PostgreSQL"])


@pytest.fixture(scope="module")
def differing(postgres: Postgres) -> dict[str, dict[int, list[str]]]:
    """The differences, by where the data of the fakes are."""
    places: dict[str, tuple[FakesDatabase, FakesDatabase]] = {
        "a file": (FileDatabase(), FileDatabase()),
        "PostgreSQL": (OwnDatabase(postgres, "recorded"), OwnDatabase(postgres, "recorded_fresh")),
    }
    found = {}
    for place, databases in places.items():
        with replayed(*databases) as found[place]:
            pass
    return found


@WITH_DATA_IN
@pytest.mark.parametrize("exchange", exchanges(), ids=lambda exchange: exchange.name)
def test_the_fake_answers_as_the_real_server_did(
    exchange: Exchange, data_in: str, differing: dict[str, dict[int, list[str]]]
) -> None:
    assert not differing[data_in][exchange.number]


@WITH_DATA_IN
def test_every_recorded_exchange_is_replayed(data_in: str, differing: dict[str, dict[int, list[str]]]) -> None:
    assert sorted(differing[data_in]) == list(range(1, 356))
