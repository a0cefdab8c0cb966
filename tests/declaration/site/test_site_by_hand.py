"""With mode `manual`, fields that only this program would use are refused."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import Problem, parse_infisical
from tests.declaration.sites import INFISICAL, problems_of_infisical


def _by_hand(**more: Any) -> dict[str, Any]:
    of_managed = ("adminEmail", "organization", "operator")
    site = {field: value for field, value in INFISICAL.items() if field not in of_managed}
    return {**site, "mode": "manual", **more}


def test_an_infisical_that_is_set_up_by_hand_needs_no_administrator() -> None:
    problems: list[Problem] = []

    infisical = parse_infisical("homelab:infisical", _by_hand(tailscalePort=443), problems)

    assert problems == []
    assert (infisical.managed, infisical.tailscale_port) == (None, 443)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("apiUrl", "http://localhost:30445"),
        ("deliverySeconds", 60),
        ("adminEmail", "admin@example.net"),
        ("organization", "home"),
        ("operator", {"trustedIps": ["10.42.0.0/16"]}),
    ],
)
def test_by_hand_the_fields_of_a_managed_infisical_are_refused(field: str, value: object) -> None:
    (problem,) = problems_of_infisical(_by_hand(**{field: value}))

    assert (problem.path, problem.found) == (f"homelab:infisical.{field}", "an unknown field")
