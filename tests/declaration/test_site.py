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


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("url", GONE),
        ("url", ""),
        ("url", "infisical.example.net"),
        ("url", "ftp://infisical.example.net"),
        ("url", "https://"),
        ("url", "https://:8445"),
        ("url", "https://host:0"),
        ("url", "https://host:99999"),
        ("url", "https://host:port"),
        ("url", "https://[::1"),
        ("url", "https://host name"),
        ("url", "https://a b"),
        ("url", "https://host\n.example.net"),
        ("url", "https://host/?a=b"),
        ("url", "https://host/#a"),
        ("url", 8445),
        ("chartVersion", "1.7"),
        ("chartVersion", "^1.7.2"),
        ("chartVersion", "v1.7.2"),
        ("chartVersion", "1.7.*"),
        ("chartVersion", "1.7.٢"),
        ("chartVersion", "1.7.2\n"),
        ("chartVersion", 1.7),
        ("nodePort", 29999),
        ("nodePort", 32768),
        ("nodePort", "30445"),
        ("nodePort", True),
        ("replicas", 0),
        ("replicas", 11),
        ("replicas", None),
        ("replicas", True),
        ("resources", None),
        ("resources.request", {}),
        ("resources.limits", []),
        ("resources.limits.disk", "1Gi"),
        ("resources.limits.cpu", 1),
        ("resources.limits.memory", "1,5Gi"),
        ("resources.limits.memory", "1500 Mi"),
        ("resources.limits.memory", "-1"),
        ("resources.limits.memory", "1GB"),
        ("resources.limits.memory", "٣Gi"),
        ("database", None),
        ("database.kind", GONE),
        ("database.kind", "postgres"),
        ("database.secretName", "a"),
        ("charVersion", "1.7.2"),
        # Which fields the mode allows is unknown then: only the mode is reported.
        ("mode", "Managed"),
        ("mode", "off"),
        ("mode", None),
        ("mode", True),
        ("apiUrl", "localhost:30445"),
        ("apiUrl", "http://localhost:30445/?a=b"),
        ("apiUrl", ""),
        ("apiUrl", 30445),
        ("deliverySeconds", 4),
        ("deliverySeconds", 3601),
        ("deliverySeconds", "120"),
        ("deliverySeconds", 60.5),
        ("deliverySeconds", True),
        ("adminEmail", GONE),
        ("adminEmail", ""),
        ("adminEmail", "admin"),
        ("adminEmail", "admin@localhost"),
        ("adminEmail", "admin@example."),
        ("adminEmail", "ad min@example.net"),
        ("adminEmail", "admin@example.net\n"),
        ("adminEmail", "a@b@example.net"),
        ("adminEmail", 5),
        ("organization", ""),
        ("organization", " "),
        ("organization", " home"),
        ("organization", "home\n"),
        ("organization", "x" * 65),
        ("organization", 5),
        ("tailscalePort", 0),
        ("tailscalePort", 65536),
        ("tailscalePort", "443"),
        ("tailscalePort", None),
        ("tailscalePort", True),
        ("operator", None),
        ("operator", []),
        ("operator.trustedIPs", ["10.42.0.0/16"]),
        ("operator.accessTokenSeconds", 0),
        ("operator.accessTokenSeconds", 60.5),
        ("operator.accessTokenSeconds", "600"),
        ("operator.accessTokenSeconds", True),
        ("operator.accessTokenSeconds", 3601),
        ("operator.accessTokenMaxSeconds", 0),
        ("operator.accessTokenMaxSeconds", 315_360_001),
        ("operator.accessTokenMaxSeconds", None),
        ("operator.trustedIps", []),
        ("operator.trustedIps", "10.42.0.0/16"),
        ("operator.trustedIps", None),
        ("operator.name", ""),
        ("operator.name", " eso"),
        ("operator.name", "eso!"),
        ("operator.name", "e" * 256),
        ("operator.name", None),
        ("operator.adopt", "true"),
        ("operator.adopt", None),
    ],
)
def test_a_wrong_value_is_reported_at_its_path(field: str, value: object) -> None:
    assert [problem.path for problem in problems_of_infisical(with_field(INFISICAL, field, value))] == [
        f"homelab:infisical.{field}"
    ]


@pytest.mark.parametrize(
    "address",
    [
        "10.42.0.1/16",
        "10.42.0.0/33",
        "10.42.0.0/",
        "10.42.0.0/255.255.0.0",
        "10.0.0.0/255.0.0.0",
        "10.42.0.0/٣",
        "10.42.0.0/16 ",
        "10.42.0.0/16\n",
        "10.42",
        "fe80::1%eth0",
        "infisical.example.net",
        "",
        167772160,
        None,
    ],
)
def test_each_wrong_network_of_the_operator_is_reported_by_its_index(address: object) -> None:
    operator = {"trustedIps": ["10.42.0.0/16", address, "fd00::/8", "10.42.0.0/16"]}

    problems = problems_of_infisical({**INFISICAL, "operator": operator})

    where = "homelab:infisical.operator.trustedIps"
    assert [problem.path for problem in problems] == [f"{where}[1]", f"{where}[3]"]


def test_a_token_lifetime_above_the_maximum_is_answered_with_the_fix() -> None:
    operator = {"accessTokenSeconds": 100_000}

    (problem,) = problems_of_infisical({**INFISICAL, "operator": operator})

    assert problem.expected == "at most accessTokenMaxSeconds, which is 86400"
    assert problem.fix == "write `accessTokenMaxSeconds: 100000`"
    assert problems_of_infisical({**INFISICAL, "operator": {**operator, "accessTokenMaxSeconds": 100_000}}) == []
