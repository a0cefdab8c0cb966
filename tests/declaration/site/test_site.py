"""`homelab:infisical`: each field is checked."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import (
    Infisical,
    Managed,
    OperatorLogin,
    Problem,
    Store,
    parse_infisical,
    parse_store,
)
from tests.declaration.sites import (
    GONE,
    INFISICAL,
    STORE,
    problems_of_infisical,
    with_field,
)


def test_a_full_site_is_read() -> None:
    problems: list[Problem] = []

    operator = {"accessTokenSeconds": 600, "accessTokenMaxSeconds": 1200, "trustedIps": ["10.42.0.0/16"]}
    more: dict[str, Any] = {"apiUrl": "http://localhost:30445", "startSeconds": 900, "deliverySeconds": 300}
    more |= {"restartSeconds": 400, "commandSeconds": 60, "tailscalePort": 8445, "operator": operator}
    infisical = parse_infisical("homelab:infisical", {**INFISICAL, **more}, problems)
    store = parse_store("homelab:store", {**STORE, "folderPerApp": True}, problems)

    assert problems == []
    assert infisical == Infisical(
        url="https://infisical.example.net:8445",
        managed=Managed(
            api_url="http://localhost:30445",
            start_seconds=900,
            delivery_seconds=300,
            restart_seconds=400,
            command_seconds=60,
            admin_email="admin@example.net",
            organization="home",
            operator=OperatorLogin(600, 1200, ("10.42.0.0/16",)),
        ),
        tailscale_port=8445,
        chart_version="1.7.2",
        node_port=30445,
        replicas=1,
        requests={"cpu": "100m", "memory": "512Mi"},
        limits={"memory": "1500Mi"},
        database=None,
        database_commands=None,
        change_password="",
    )
    assert store == Store("http://infisical.infisical.svc.cluster.local:8080", "homelab", "prod", "/", True)


def test_optional_fields_have_the_predecessors_values() -> None:
    problems: list[Problem] = []

    least = {"url": "https://infisical.example.net", "adminEmail": "me@example.net"}
    infisical = parse_infisical("homelab:infisical", least, problems)
    store = parse_store("homelab:store", {field: STORE[field] for field in STORE if field != "secretsPath"}, problems)

    assert problems == []
    assert infisical.managed == Managed(
        api_url="https://infisical.example.net",
        start_seconds=600,
        delivery_seconds=120,
        restart_seconds=300,
        command_seconds=120,
        admin_email="me@example.net",
        organization="homelab",
        operator=OperatorLogin(3600, 86400, ()),
    )
    assert infisical.tailscale_port is None
    assert (store.secrets_path, store.folder_per_app) == ("/", False)
    assert (infisical.chart_version, infisical.node_port, infisical.replicas) == ("1.7.2", 30445, 1)
    assert (infisical.requests, infisical.limits, infisical.database) == ({}, {}, None)


FIELDS = (
    *(
        "url",
        "install",
        "resources",
        "mode",
        "apiUrl",
        "startSeconds",
        "deliverySeconds",
        "restartSeconds",
        "commandSeconds",
    ),
    *("adminEmail", "organization", "operator", "caBundle"),
)
MORE_FIELDS = ("tailscalePort", "chartVersion", "nodePort", "replicas", "database")


@pytest.mark.parametrize(
    ("unknown", "fix"),
    [
        ("tailscalePorts", "rename it to `tailscalePort`, or remove it"),
        ("databases", "rename it to `database`, or remove it"),
        ("zzz", "remove it"),
    ],
)
def test_an_unknown_field_is_answered_with_every_field_and_the_nearest_one(unknown: str, fix: str) -> None:
    """Also with those that the declaration does not use."""
    least = {"url": "https://infisical.example.net", "adminEmail": "me@example.net"}

    (problem,) = problems_of_infisical({**least, unknown: "canary"})

    assert (problem.path, problem.found) == (f"homelab:infisical.{unknown}", "an unknown field")
    assert problem.expected.split(", ") == [*FIELDS, *MORE_FIELDS]
    assert problem.fix == fix


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", "http://[::1]:8080"),
        ("url", "https://h/infisical/"),
        ("chartVersion", "10.0.0-beta.1"),
        ("nodePort", 30000),
        ("nodePort", 32767),
        ("replicas", 10),
        ("resources", {}),
        ("resources.limits.cpu", "0.5"),
        ("resources.limits.memory", "1G"),
        ("resources.limits.memory", "1073741824"),
        ("mode", GONE),
        ("apiUrl", "http://localhost:30445"),
        ("deliverySeconds", 5),
        ("deliverySeconds", 3600),
        ("adminEmail", "a@b.c"),
        ("adminEmail", "me+homelab@mail.example.net"),
        ("organization", GONE),
        ("organization", "x"),
        ("organization", "My Homelab's " + "x" * 51),
        ("tailscalePort", 1),
        ("tailscalePort", 65535),
        ("operator", GONE),
        ("operator", {}),
        ("operator.accessTokenSeconds", 1),
        ("operator.accessTokenSeconds", 3600),
        ("operator.accessTokenMaxSeconds", 315_360_000),
        ("operator.accessTokenMaxSeconds", GONE),
        ("operator.trustedIps", ["0.0.0.0/0", "::/0"]),
        ("operator.trustedIps", ["10.42.0.7", "2001:DB8::/32", "fd00::1"]),
        ("operator.name", "eso"),
        ("operator.name", "homelab/ESO_2 reader"),
        ("operator.name", "e" * 255),
        ("operator.adopt", True),
        ("operator.adopt", False),
    ],
)
def test_a_value_at_its_limit_is_accepted(field: str, value: object) -> None:
    assert problems_of_infisical(with_field(INFISICAL, field, value)) == []
