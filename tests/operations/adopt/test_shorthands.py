"""A template that `dockerConfig` or `connectionString` makes is adopted as that shorthand. Any other stays."""

from __future__ import annotations

from typing import Any

import pytest

from declaration import Problem, parse_apps
from declaration.cluster.external_secrets import spec
from tests.operations.adopt.adopting import STORE, Project, external_secret, write

KEYS = {name: {"source": "manual", "secretKeys": []} for name in ("DB_USER", "DB_PASSWORD", "TOKEN.V2")}
ENCODED = '| urlquery | replace "+" "%20"'


def adopted(project: Project, body: dict[str, Any]) -> dict[str, Any]:
    """The app that is written for an ExternalSecret."""
    ran = project.adopt(write(project.folder / "in" / "web.yaml", external_secret("web", "web-secret", body)), STORE)
    assert ran.code == 0, ran.report
    app: dict[str, Any] = project.apps()["web"]
    return app


def rendered(secret: dict[str, Any]) -> dict[str, Any]:
    """The ExternalSecret's spec that the program applies for a Secret."""
    problems: list[Problem] = []
    (app,) = parse_apps("apps", {"web": {"namespace": "web", "keys": KEYS, **secret}}, problems)
    assert problems == []
    return spec(app.secrets[0], "/", "/", "infisical")


@pytest.mark.parametrize(
    "secret",
    [
        {"dockerConfig": {"registry": "ghcr.io", "username": "robot", "password": "TOKEN.V2"}},
        {"dockerConfig": {"registry": 'a"b', "username": "DB_USER", "password": "DB_PASSWORD"}},
        {"connectionString": {"host": "postgres.db.svc", "username": "DB_USER"}},
        {"connectionString": {"host": "h", "username": "a b@c", "password": "DB_PASSWORD", "database": "web/1"}},
        {
            "connectionString": {
                "secretKey": "URL",
                "scheme": "redis",
                "username": "DB_USER",
                "password": "TOKEN.V2",
                "host": "DB_PASSWORD",
                "port": 6379,
                "database": "0",
                "parameters": "ssl=true&x={",
            }
        },
        {
            "connectionString": {"host": "h", "username": "u", "password": "DB_PASSWORD"},
            "dockerConfig": {"registry": "ghcr.io", "username": "robot", "password": "TOKEN.V2"},
            "template": {"config": "token={{ .DB_USER }}\n"},
        },
    ],
    ids=lambda secret: "-".join(secret),
)
def test_a_shorthand_is_adopted_as_itself(secret: dict[str, Any], project: Project) -> None:
    app = adopted(project, rendered(secret))

    assert {name: value for name, value in app.items() if name in secret} == secret
    assert "type" not in app
    assert ("template" in app) == ("template" in secret)


@pytest.mark.parametrize(
    "template",
    [
        "https://{{ .DB_USER }}",
        "postgresql://{{ .DB_USER }}:{{ .DB_PASSWORD }}@postgres/web",
        f"postgresql://u:a-password-in-the-template@postgres/{{{{ .DB_USER {ENCODED} }}}}",
        f"postgresql://{{{{ .DB_USER {ENCODED} }}}}@postgres/web\n",
        f"postgresql://{{{{ .DB_USER {ENCODED} }}}}@postgres/a%2fb",
        f"postgresql://DB_USER@postgres/{{{{ .DB_USER {ENCODED} }}}}",
    ],
)
def test_any_other_template_stays_a_template(template: str, project: Project) -> None:
    app = adopted(project, rendered({"template": {"DATABASE_URL": template}}))

    assert app["template"] == {"DATABASE_URL": template}
    assert "connectionString" not in app


def test_a_login_to_a_registry_in_a_secret_of_another_type_stays_a_template(project: Project) -> None:
    body = rendered({"dockerConfig": {"registry": "ghcr.io", "username": "robot", "password": "TOKEN.V2"}})
    del body["target"]["template"]["type"]

    app = adopted(project, body)

    assert list(app["template"]) == [".dockerconfigjson"]
    assert "dockerConfig" not in app
