"""
The two generations of the secrets API: they differ in how a project is named and in what reads do by default.

v3 takes an ID or a slug and returns stored values; v4 takes an ID, expands references and includes imports.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from sandbox.infisical.errors import bad_request
from sandbox.infisical.records.places import canonical, project_by_slug, project_of_secrets
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call


@dataclass(frozen=True)
class Target:
    """What a request is about: an environment and a canonical path, which need not exist."""

    project_id: str
    environment: str
    path: str


@dataclass(frozen=True)
class Dialect:
    """
    :param base: of the paths of single secrets and lists
    :param batch: path of the batches
    :param generous: reads expand references and include imports unless told not to
    :param read_target: from the query
    :param write_target: from the body, after the other fields; reports the issues of all fields
    """

    base: str
    batch: str
    generous: bool
    read_target: Callable[[Call], Target]
    write_target: Callable[[Call, Fields], Target]


def _read_v3(call: Call) -> Target:
    # Clients send an empty workspaceId along with a workspaceSlug.
    project_id, slug = call.query.get("workspaceId"), call.query.get("workspaceSlug")
    environment = call.query.get("environment")
    if not project_id and not slug:
        raise bad_request("You must provide projectSlug or workspaceId")
    project = project_of_secrets(call, project_id) if project_id else project_by_slug(call, slug or "")
    if not environment:
        raise bad_request("Missing project id or environment")
    return Target(project["id"], environment, canonical(call.query.get("secretPath", "/")))


def _read_v4(call: Call) -> Target:
    project_id, environment = call.query.get("projectId"), call.query.get("environment")
    if not project_id or not environment:
        raise bad_request("Missing project id or environment")
    project_of_secrets(call, project_id)
    return Target(project_id, environment, canonical(call.query.get("secretPath", "/")))


def _write_v3(call: Call, fields: Fields) -> Target:
    project_id, slug = fields.optional_text("workspaceId"), fields.optional_text("projectSlug")
    environment, path = fields.text("environment"), canonical(fields.text("secretPath", "/"))
    fields.check()
    if not project_id and not slug:
        raise bad_request("You must provide projectSlug or workspaceId")
    project = project_of_secrets(call, project_id) if project_id else project_by_slug(call, slug or "")
    return Target(project["id"], environment, path)


def _write_v4(call: Call, fields: Fields) -> Target:
    project_id, environment = fields.text("projectId"), fields.text("environment")
    path = canonical(fields.text("secretPath", "/"))
    fields.check()
    project_of_secrets(call, project_id)
    return Target(project_id, environment, path)


V3 = Dialect("/api/v3/secrets/raw", "/api/v3/secrets/batch/raw", False, _read_v3, _write_v3)
V4 = Dialect("/api/v4/secrets", "/api/v4/secrets/batch", True, _read_v4, _write_v4)
