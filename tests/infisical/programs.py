"""Programs for the tests, in the form that `Stack` accepts."""

from __future__ import annotations

from typing import Any

from tests.infisical.stack import Declared, Ref

PROJECT_ID = Ref("project", "projectId")
INSTANCE = Declared("Instance", "instance")
PROJECT = Declared("Project", "project", {"slug": "homelab"})
FOLDER = Declared("Folder", "folder", {"projectId": PROJECT_ID, "environment": "prod", "path": "/apps/web"})


def identity(**inputs: Any) -> Declared:
    given = {"name": "homelab-eso", "projectId": PROJECT_ID, "environment": "prod", **inputs}
    return Declared("Identity", "identity", given)


def client_secret(**inputs: Any) -> Declared:
    return Declared("ClientSecret", "credential", {"identityId": Ref("identity", "identityId"), **inputs})


def secret(name: str = "DB_PASSWORD", value: str = "seeded-value", **inputs: Any) -> Declared:
    given = {"projectId": PROJECT_ID, "environment": "prod", "name": name, "value": value, **inputs}
    return Declared("Secret", name.lower(), given)


SETUP = [INSTANCE, PROJECT]


def whole(tag: str) -> list[Declared]:
    """One resource of each kind; the project and the identity are named `tag`."""
    return [
        INSTANCE,
        Declared("Project", "project", {"slug": tag}),
        FOLDER,
        identity(name=tag),
        client_secret(trigger="1"),
        secret(),
        secret("TOKEN", "web", path="/apps/web"),
    ]
