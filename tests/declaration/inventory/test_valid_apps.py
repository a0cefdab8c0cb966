"""A valid declaration is accepted and read in full."""

from __future__ import annotations

import copy
import json
from typing import Any

from declaration import App, FromConfig, Generate, Manual, Problem, Source, parse_apps
from tests.declaration.apps import prepare, with_defaults


def _source_as_declared(source: Source) -> dict[str, Any]:
    match source:
        case Generate(kind, size):
            return {"source": "generate", "kind": kind, "size": size}
        case FromConfig():
            return {"source": "config"}
        case Manual():
            return {"source": "manual"}


def _as_declared(app: App) -> dict[str, Any]:
    (secret,) = app.secrets
    return {
        "namespace": app.namespace,
        "createNamespace": app.creates_namespace,
        "secretName": secret.name,
        "labels": secret.labels,
        "literals": secret.literals,
        "restarts": list(app.restarts),
        "keys": {
            key.name: {
                **_source_as_declared(key.source),
                "immutable": key.immutable,
                "secretKeys": list(key.secret_keys),
                "changeCommand": key.change_command,
                "rotateEveryDays": key.rotate_every_days,
            }
            for key in app.keys
        },
    }


def test_every_valid_declaration_is_accepted_and_read_in_full() -> None:
    for declared in prepare():
        problems: list[Problem] = []
        before = copy.deepcopy(declared)

        apps = parse_apps("homelab:apps", declared, problems)

        assert problems == []
        assert {app.name: _as_declared(app) for app in apps} == with_defaults(before)
        assert declared == before, "reading must not change what it reads"


def test_a_declaration_that_came_through_json_reads_the_same() -> None:
    for declared in prepare():
        direct = parse_apps("homelab:apps", declared, [])

        assert parse_apps("homelab:apps", json.loads(json.dumps(declared)), []) == direct


def test_apps_and_keys_stay_in_the_order_of_the_file() -> None:
    for declared in prepare():
        apps = parse_apps("homelab:apps", declared, [])

        assert [app.name for app in apps] == list(declared)
        assert [[key.name for key in app.keys] for app in apps] == [list(app["keys"]) for app in declared.values()]


def test_no_app_at_all_is_a_valid_homelab() -> None:
    problems: list[Problem] = []

    assert parse_apps("homelab:apps", {}, problems) == ()
    assert problems == []
