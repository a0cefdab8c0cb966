"""The site's address, chart, sizes and store are checked field by field."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from components.declaration import Problem
from components.site import ExternalDatabase, Infisical, Store, parse_infisical, parse_store

INFISICAL: dict[str, Any] = {
    "url": "https://infisical.example.net:8445",
    "chartVersion": "1.7.2",
    "nodePort": 30445,
    "replicas": 1,
    "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "1500Mi"}},
    "database": {"kind": "bundled"},
}
STORE: dict[str, Any] = {
    "hostAPI": "http://infisical.infisical.svc.cluster.local:8080",
    "projectSlug": "homelab",
    "environmentSlug": "prod",
    "secretsPath": "/",
}
EXTERNAL = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}
GONE = object()


def _with(declared: dict[str, Any], field: str, value: object) -> dict[str, Any]:
    changed = copy.deepcopy(declared)
    *outer, last = field.split(".")
    place = changed
    for name in outer:
        place = place[name]
    if value is GONE:
        del place[last]
    else:
        place[last] = value
    return changed


def _problems_of_infisical(declared: object) -> list[Problem]:
    problems: list[Problem] = []
    parse_infisical("homelab:infisical", declared, problems)
    return problems


def _problems_of_store(declared: object) -> list[Problem]:
    problems: list[Problem] = []
    parse_store("homelab:store", declared, problems)
    return problems


def test_a_full_site_is_read() -> None:
    problems: list[Problem] = []

    infisical = parse_infisical("homelab:infisical", INFISICAL, problems)
    store = parse_store("homelab:store", STORE, problems)

    assert problems == []
    assert infisical == Infisical(
        url="https://infisical.example.net:8445",
        chart_version="1.7.2",
        node_port=30445,
        replicas=1,
        requests={"cpu": "100m", "memory": "512Mi"},
        limits={"memory": "1500Mi"},
        database=None,
    )
    assert store == Store("http://infisical.infisical.svc.cluster.local:8080", "homelab", "prod", "/")


def test_what_may_be_left_out_has_the_predecessors_values() -> None:
    problems: list[Problem] = []

    infisical = parse_infisical("homelab:infisical", {"url": "https://infisical.example.net"}, problems)

    assert problems == []
    assert (infisical.chart_version, infisical.node_port, infisical.replicas) == ("1.7.2", 30445, 1)
    assert (infisical.requests, infisical.limits, infisical.database) == ({}, {}, None)


def test_an_external_database_is_named_by_its_secret() -> None:
    problems: list[Problem] = []

    infisical = parse_infisical("homelab:infisical", {**INFISICAL, "database": EXTERNAL}, problems)

    assert problems == []
    assert infisical.database == ExternalDatabase("infisical-database", "DB_CONNECTION_URI")


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
    ],
)
def test_a_value_of_the_chart_at_the_border_is_accepted(field: str, value: object) -> None:
    assert _problems_of_infisical(_with(INFISICAL, field, value)) == []


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
    ],
)
def test_a_wrong_value_of_the_chart_is_named_at_its_path(field: str, value: object) -> None:
    assert [problem.path for problem in _problems_of_infisical(_with(INFISICAL, field, value))] == [
        f"homelab:infisical.{field}"
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # Whether the other fields belong there cannot be told: only the kind is named.
        ("kind", GONE),
        ("kind", "extern"),
        ("secretName", GONE),
        ("secretName", "Infisical"),
        ("secretKey", GONE),
        ("secretKey", "a b"),
        ("password", "canary-of-a-secret"),
    ],
)
def test_a_wrong_field_of_an_external_database_is_named_at_its_path(field: str, value: object) -> None:
    declared = _with({**INFISICAL, "database": EXTERNAL}, f"database.{field}", value)

    (problem,) = _problems_of_infisical(declared)

    assert problem.path == f"homelab:infisical.database.{field}"
    assert "canary" not in str(problem)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("projectSlug", "x" * 64),
        ("projectSlug", "abcde"),
        ("environmentSlug", "p"),
        ("secretsPath", GONE),
        ("secretsPath", "/apps/web_1"),
    ],
)
def test_a_value_of_the_store_at_the_border_is_accepted(field: str, value: object) -> None:
    assert _problems_of_store(_with(STORE, field, value)) == []


@pytest.mark.parametrize(
    ("field", "value"),
    [
        # A store without an address would read the vendor's cloud.
        ("hostAPI", GONE),
        ("hostAPI", "infisical:8080"),
        ("projectSlug", GONE),
        ("projectSlug", "Homelab"),
        ("projectSlug", "home_lab"),
        ("projectSlug", "homelab-"),
        ("projectSlug", "x" * 65),
        # Infisical makes no project of a shorter slug.
        ("projectSlug", "home"),
        ("environmentSlug", GONE),
        ("environmentSlug", "prod "),
        ("secretsPath", ""),
        ("secretsPath", "apps"),
        ("secretsPath", "/apps/"),
        ("secretsPath", "//"),
        ("secretsPath", "/../x"),
        ("namespaces", []),
    ],
)
def test_a_wrong_value_of_the_store_is_named_at_its_path(field: str, value: object) -> None:
    assert [problem.path for problem in _problems_of_store(_with(STORE, field, value))] == [f"homelab:store.{field}"]


@settings(max_examples=50, deadline=None, derandomize=True)
@given(st.text("abcXYZ0123456789/:@?#", min_size=1))
def test_what_an_address_holds_beside_a_host_is_not_shown(rest: str) -> None:
    """A password, or a token in the query, copied with the address from a browser or a script."""
    for url in (
        f"https://admin:canary-{rest}@host.example.net",
        f"https://canary{rest}@host.example.net/path",
        f"https://host.example.net/?token=canary-{rest}",
        f"https://host.example.net/#canary-{rest}",
    ):
        (problem,) = _problems_of_infisical({**INFISICAL, "url": url})
        assert "canary" not in str(problem)
        (problem,) = _problems_of_store({**STORE, "hostAPI": url})
        assert "canary" not in str(problem)
