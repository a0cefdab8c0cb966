"""The built-in roles of a project; custom roles need a licence."""

from __future__ import annotations

import uuid

from sandbox.infisical.access.project_roles import ROLES, Role
from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.records.places import project_by_id
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row


def create(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    fields = call.fields()
    fields.text("slug"), fields.text("name"), fields.objects("permissions")
    fields.check()
    call.ability(project["id"]).require("create", "role")
    why = "Failed to create custom role due to plan RBAC restriction."
    message = f"{why} Upgrade to Infisical Enterprise plan to create custom roles."
    raise bad_request(message)


def list_roles(call: Call) -> Json:
    project = _known(call)
    return {"roles": [_shown(project, role) for role in ROLES.values()]}


def get(call: Call) -> Json:
    project = _known(call)
    role = ROLES.get(call.parameters["slug"])
    if role is None:
        message = f"Project role with slug '{call.parameters['slug']}' not found"
        raise not_found(message)
    return {"role": _shown(project, role) | {"permissions": [rule.wire() for rule in role.rules]}}


def _known(call: Call) -> Row:
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require("read", "role")
    return project


def _shown(project: Row, role: Role) -> Json:
    return {
        "id": str(uuid.uuid5(uuid.UUID(project["id"]), role.slug)),
        "name": role.name,
        "description": role.description,
        "slug": role.slug,
        "createdAt": project["created"],
        "updatedAt": project["created"],
        "projectId": project["id"],
    }


ROUTES = (
    Route("POST", "/api/v1/projects/{project}/roles", create),
    Route("GET", "/api/v1/projects/{project}/roles", list_roles),
    Route("GET", "/api/v1/projects/{project}/roles/slug/{slug}", get),
    Route("POST", "/api/v2/workspace/{project}/roles", create),
)
