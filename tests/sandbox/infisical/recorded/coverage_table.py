"""
The table of COVERAGE.md: every route of the fake, and the recorded exchanges that test it.

`python -m tests.sandbox.infisical.recorded.coverage_table` writes it into COVERAGE.md.
"""

from __future__ import annotations

import re
from collections import Counter

from sandbox.infisical.routes import ROUTES
from sandbox.infisical.server.routing import Route
from tests.checkout import CHECKOUT
from tests.sandbox.infisical.recorded.exchange import Exchange, exchanges

DOCUMENT = CHECKOUT / "sandbox" / "infisical" / "COVERAGE.md"
START, END = "<!-- table: made by tests/sandbox/infisical/recorded/coverage_table.py -->\n", "<!-- end of table -->\n"
HEAD = "| Endpoint | Recorded answers | Exchanges |\n|---|---|---|\n"
NOT_RECORDED = "none: not held to anything"


def table() -> str:
    """Return the rows in the order of the routes; the last row has the requests without a route."""
    served = {route: [each for each in exchanges() if serves(route, each)] for route in ROUTES}
    rows = [_row(f"`{route.method} {route.path}`", found) for route, found in served.items()]
    unserved = [each for each in exchanges() if not any(serves(route, each) for route in ROUTES)]
    return HEAD + "".join([*rows, _row("any other", unserved)])


def serves(route: Route, exchange: Exchange) -> bool:
    """Whether the route is the one for this request; `batch` and the like are never a parameter."""
    path = exchange.path.partition("?")[0]
    pattern = re.sub(r"\{\w+\}", "[^/]+", route.path)
    if exchange.method != route.method or not re.fullmatch(pattern, path):
        return False
    return "{" not in route.path or not any(other.path == path and other.method == route.method for other in ROUTES)


def _row(endpoint: str, found: list[Exchange]) -> str:
    statuses = Counter(each.status for each in found)
    answers = ", ".join(f"{status} ({count})" for status, count in sorted(statuses.items())) or NOT_RECORDED
    return f"| {endpoint} | {answers} | {_ranges([each.number for each in found])} |\n"


def _ranges(numbers: list[int]) -> str:
    """1, 2, 3, 5 → `1-3, 5`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    return ", ".join(str(run[0]) if len(run) == 1 else f"{run[0]}-{run[-1]}" for run in runs)


def with_table(document: str) -> str:
    """Return the document with the current table."""
    before, _, rest = document.partition(START)
    return before + START + table() + END + rest.partition(END)[2]


if __name__ == "__main__":
    DOCUMENT.write_text(with_table(DOCUMENT.read_text()))
