"""A site that is right, and what is said of one that is changed."""

from __future__ import annotations

import copy
from collections.abc import Iterable
from typing import Any

from declaration import App, Keys, Problem, parse_infisical, parse_store

INFISICAL: dict[str, Any] = {
    "mode": "managed",
    "adminEmail": "admin@example.net",
    "organization": "home",
    "url": "https://infisical.example.net:8445",
    "chartVersion": "1.7.2",
    "nodePort": 30445,
    "replicas": 1,
    "resources": {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"memory": "1500Mi"}},
    "database": {"kind": "bundled"},
    "operator": {"accessTokenSeconds": 600, "accessTokenMaxSeconds": 3600},
}
STORE: dict[str, Any] = {
    "hostAPI": "http://infisical.infisical.svc.cluster.local:8080",
    "projectSlug": "homelab",
    "environmentSlug": "prod",
    "secretsPath": "/",
}
EXTERNAL = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}
GONE = object()


def with_field(declared: dict[str, Any], field: str, value: object) -> dict[str, Any]:
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


def problems_of_infisical(declared: object) -> list[Problem]:
    problems: list[Problem] = []
    parse_infisical("homelab:infisical", declared, problems)
    return problems


def problems_of_store(declared: object) -> list[Problem]:
    problems: list[Problem] = []
    parse_store("homelab:store", declared, problems)
    return problems


def keys_of(apps: Iterable[App]) -> Keys:
    """Their keys, in one folder."""
    return Keys.of(apps, parse_store("homelab:store", STORE, []))
