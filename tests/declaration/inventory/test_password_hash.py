"""`passwordHash` becomes a template of the operator whose result stays until the key changes."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import AppSecret, Problem, parse_apps
from infisical.template import syntax

HIDDEN = {"source": "manual", "secretKeys": []}
HASH = {"username": "admin", "password": "TOKEN"}


def read(app: dict[str, Any]) -> tuple[AppSecret, list[Problem]]:
    problems: list[Problem] = []
    (found,) = parse_apps("homelab:apps", {"web": {"namespace": "web", **app}}, problems)
    return found.secrets[0], problems


@pytest.mark.parametrize(
    ("declared", "secret_key", "function"),
    [
        (HASH, "users", '{{ htpasswd "admin" .TOKEN }}'),
        ({"password": "TOKEN", "secretKey": "hash"}, "hash", "{{ bcrypt .TOKEN }}"),
    ],
    ids=["line", "hash"],
)
def test_it_is_a_template_that_reads_the_key(declared: dict[str, Any], secret_key: str, function: str) -> None:
    secret, problems = read({"keys": {"TOKEN": HIDDEN}, "passwordHash": declared})

    assert problems == []
    (name,), (template,) = secret.templates.keys(), secret.templates.values()
    assert (name, template.endswith(function)) == (secret_key, True)
    assert list(syntax.problems(template, {"TOKEN"})) == []


def test_the_operator_renders_it_only_when_something_changes() -> None:
    secret, _ = read({"keys": {"TOKEN": HIDDEN}, "passwordHash": HASH})

    assert secret.refresh_interval == "0s"


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"refreshInterval": "1h"}, "refreshInterval"),
        ({"generator": {"kind": "UUID", "name": "web", "secretKeys": ["uuid"]}}, "passwordHash"),
        ({"passwordHash": {**HASH, "username": "a:b"}}, "passwordHash.username"),
        ({"passwordHash": {**HASH, "username": ""}}, "passwordHash.username"),
        ({"passwordHash": {"username": "admin"}}, "passwordHash.password"),
        ({"template": {"users": "x"}}, "passwordHash"),
        ({"keys": {"TOKEN": {"source": "generate", "kind": "hex", "size": 37}}}, "keys.TOKEN.size"),
        ({"keys": {"TOKEN": {"source": "generate", "kind": "base64", "size": 55}}}, "keys.TOKEN.size"),
        ({"keys": {"TOKEN": {"source": "generate", "kind": "password", "size": 73}}}, "keys.TOKEN.size"),
    ],
)
def test_what_cannot_be_hashed_or_would_not_last_is_an_error(more: dict[str, Any], path: str) -> None:
    (problem,) = read({"keys": {"TOKEN": HIDDEN}, "passwordHash": HASH, **more})[1]

    assert problem.path == f"homelab:apps.web.{path}"


@pytest.mark.parametrize(("kind", "size"), [("hex", 36), ("base64", 54), ("password", 72), ("uuid", 16)])
def test_a_generated_value_of_up_to_72_characters_is_accepted(kind: str, size: int) -> None:
    key = {"source": "generate", "kind": kind, "size": size, "secretKeys": []}

    assert read({"keys": {"TOKEN": key}, "passwordHash": HASH})[1] == []


def test_a_key_of_another_store_is_not_hashed_because_no_update_knows_its_changes() -> None:
    declared = {"store": {"name": "vault"}, "keys": {"TOKEN": {}}, "passwordHash": HASH}

    assert [problem.path for problem in read(declared)[1]] == ["homelab:apps.web.passwordHash.password"]
