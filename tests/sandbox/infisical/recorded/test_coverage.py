from __future__ import annotations

import pytest

from sandbox.infisical.routes import ROUTES
from tests.sandbox.infisical.recorded.coverage_table import DOCUMENT, serves, with_table
from tests.sandbox.infisical.recorded.exchange import Exchange, exchanges

UNKNOWN_ROUTE = 11


def test_the_document_has_the_current_table() -> None:
    document = DOCUMENT.read_text()

    assert document == with_table(document), "run `python -m tests.sandbox.infisical.recorded.coverage_table`"


@pytest.mark.parametrize("exchange", exchanges(), ids=lambda exchange: exchange.name)
def test_every_recorded_request_has_one_route(exchange: Exchange) -> None:
    routes = [route for route in ROUTES if serves(route, exchange)]

    assert len(routes) == (0 if exchange.number == UNKNOWN_ROUTE else 1)


def test_every_route_is_unique() -> None:
    places = [(route.method, route.path) for route in ROUTES]

    assert len(places) == len(set(places))
