"""`homelab:infisical`: each wrong value is reported at its path."""

from __future__ import annotations

import pytest

from tests.declaration.sites import GONE, INFISICAL, problems_of_infisical, with_field


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
