"""Composed values: templates, and the shorthands for registries and connection strings."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from declaration import AppSecret, Problem, parse_apps
from infisical.template.rendering import render

KEY = {"source": "manual"}
PART = {"source": "manual", "secretKeys": []}
PASSWORD = "p@ss w/rd?<\"&'"


def read(secret: dict[str, Any]) -> tuple[AppSecret, list[Problem]]:
    problems: list[Problem] = []
    (app,) = parse_apps("homelab:apps", {"web": {"namespace": "web", **secret}}, problems)
    return app.secrets[0], problems


def rendered(secret: dict[str, Any], **values: str) -> dict[str, str]:
    found, problems = read(secret)
    assert problems == []
    return {key: render(template, values) for key, template in found.templates.items()}


def test_a_template_reads_keys_of_the_secret() -> None:
    template = {"url": "https://{{ .USER }}:{{ .PASSWORD }}@example.net"}

    found, problems = read({"keys": {"USER": KEY, "PASSWORD": PART}, "template": template})

    assert problems == []
    assert found.templates == template
    assert found.hidden_fields == ("PASSWORD",)
    assert found.written == {"USER", "url"}


@pytest.mark.parametrize(
    ("template", "found"),
    [
        ("{{ .ABSENT }}", "the field ABSENT, which no key provides"),
        ("{{ .USER", "the action `{{ .USER` is not closed by '}}'"),
        ("{{ .USER | base64 }}", "the unknown function base64"),
        ("{{ .OLD }}", "the field OLD, which no key provides"),
        ("{{ .admin }}", "the field admin, which no key provides"),
    ],
    ids=["unknown key", "not closed", "unknown function", "retired key", "literal"],
)
def test_a_template_that_the_operator_would_refuse_is_an_error(template: str, found: str) -> None:
    keys = {"USER": KEY, "OLD": {**KEY, "retired": True}}

    (problem,) = read({"keys": keys, "literals": {"admin": "x"}, "template": {"url": template}})[1]

    assert problem.path == "homelab:apps.web.template.url"
    assert problem.found.startswith(found)


def test_every_error_of_a_template_is_reported() -> None:
    problems = read({"keys": {"USER": KEY}, "template": {"url": "{{ .A | b }}{{ .C }}"}})[1]

    assert len(problems) == 3


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"template": {"USER": "x"}}, "keys.USER.secretKeys"),
        ({"template": {"a": "x"}, "literals": {"a": "x"}}, "literals.a"),
        (
            {"template": {"DATABASE_URL": "x"}, "connectionString": {"host": "a"}},
            "connectionString",
        ),
    ],
)
def test_a_key_of_the_secret_has_one_value(more: dict[str, Any], path: str) -> None:
    (problem,) = read({"keys": {"USER": KEY}, **more})[1]

    assert problem.path == f"homelab:apps.web.{path}"
    assert problem.expected == "one value for each key of the Secret"


def test_only_a_template_can_read_a_key_that_is_not_in_the_secret() -> None:
    (problem,) = read({"keys": {"USER": PART}})[1]

    assert (problem.path, problem.found) == (
        "homelab:apps.web.keys.USER.secretKeys",
        "an empty list, although the Secret has no template",
    )


def test_a_registry_login_becomes_a_docker_config() -> None:
    config = {"registry": "ghcr.io", "username": "bot", "password": "TOKEN"}
    secret = {"keys": {"TOKEN": PART}, "dockerConfig": config}

    found = json.loads(rendered(secret, TOKEN=PASSWORD)[".dockerconfigjson"])

    auth = found["auths"]["ghcr.io"]
    assert (auth["username"], auth["password"]) == ("bot", PASSWORD)
    assert base64.b64decode(auth["auth"]).decode() == f"bot:{PASSWORD}"
    assert read(secret)[0].type == "kubernetes.io/dockerconfigjson"


def test_a_registry_login_can_read_the_user_name_from_a_key() -> None:
    config = {"registry": "ghcr.io", "username": "USER", "password": "TOKEN"}

    found = rendered({"keys": {"TOKEN": PART, "USER": PART}, "dockerConfig": config}, TOKEN="t", USER="u")

    assert json.loads(found[".dockerconfigjson"])["auths"]["ghcr.io"]["username"] == "u"


@pytest.mark.parametrize(
    ("config", "url"),
    [
        ({"host": "pg"}, "postgresql://pg"),
        (
            {"host": "pg", "port": 5432, "database": "web", "username": "app", "password": "TOKEN"},
            "postgresql://app:p%40ss%20w%2Frd%3F%3C%22%26%27@pg:5432/web",
        ),
        (
            {"scheme": "redis", "host": "HOST", "username": "a b", "parameters": "x=1&y=2"},
            "redis://a%20b@db.example?x=1&y=2",
        ),
    ],
)
def test_a_connection_string_escapes_its_parts(config: dict[str, Any], url: str) -> None:
    secret = {"keys": {"TOKEN": PART, "HOST": PART}, "connectionString": config}

    assert rendered(secret, TOKEN=PASSWORD, HOST="db.example") == {"DATABASE_URL": url}


@pytest.mark.parametrize(
    ("field", "more"),
    [("dockerConfig", {"registry": "ghcr.io"}), ("connectionString", {"host": "pg"}), ("passwordHash", {})],
)
def test_a_password_in_the_declaration_is_refused_and_not_shown(field: str, more: dict[str, str]) -> None:
    config = {**more, "username": "a", "password": "canary-password"}

    (problem,) = read({"keys": {"TOKEN": KEY}, field: config})[1]

    assert problem.path == f"homelab:apps.web.{field}.password"
    assert "canary" not in str(problem)
