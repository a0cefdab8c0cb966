"""Secrets of apps on the fake Kubernetes API, and a declared secret that they hold."""

from __future__ import annotations

import base64
from typing import Any

from tests.infisical.admin import Admin, at
from tests.infisical.fake_cluster import FakeCluster
from tests.infisical.programs import SETUP, secret
from tests.infisical.stack import Declared, Stack

IN_USE, SEED = "value-that-is-in-use", "seeded-value"
ONE, TWO = "/api/v1/namespaces/one/secrets/one-secret", "/api/v1/namespaces/two/secrets/two-secret"
READERS = {"one/one-secret/password": "one", "two/two-secret/password": "two"}


def held(**inputs: Any) -> Declared:
    """DB_PASSWORD, which the apps one and two read as `password`."""
    return secret(**{"deliveredTo": READERS, **inputs})


def hold(cluster: FakeCluster, path: str, value: str | bytes, *, managed: bool = True) -> None:
    """Create or change an app's Secret."""
    content = value if isinstance(value, bytes) else value.encode()
    owners = {"ownerReferences": [{"kind": "ExternalSecret", "name": "one-secret"}]} if managed else {}
    cluster.objects[path] = {"metadata": owners, "data": {"password": base64.b64encode(content).decode()}}


def project_id(stack: Stack) -> str:
    found: str = stack.outputs("project")["projectId"]
    return found


def values(stack: Stack, **where: str) -> dict[str, str]:
    return Admin(stack.fake_infisical.url).secrets(project_id(stack), **where)


def lose(stack: Stack, **where: str) -> None:
    """Delete DB_PASSWORD in Infisical."""
    Admin(stack.fake_infisical.url).delete("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack), **where))


def add(stack: Stack, value: str, **where: str) -> None:
    """Add DB_PASSWORD in Infisical."""
    admin = Admin(stack.fake_infisical.url)
    admin.post("/api/v4/secrets/DB_PASSWORD", **at(project_id(stack), **where), secretValue=value)


async def delivered(stack: Stack, cluster: FakeCluster, **source: Any) -> list[Declared]:
    """The program, after the value in use was set in Infisical and delivered to both apps."""
    await stack.up(SETUP)
    add(stack, IN_USE)
    program = [*SETUP, held(**source)]
    await stack.up(program)
    for path in (ONE, TWO):
        hold(cluster, path, IN_USE)
    return program
