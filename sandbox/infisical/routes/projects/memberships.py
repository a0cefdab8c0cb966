"""Which identities are members of a project, and with which roles."""

from __future__ import annotations

import json

from sandbox.infisical.access.project_roles import ROLES
from sandbox.infisical.errors import bad_request, not_found, not_imitated
from sandbox.infisical.records.identities import auth_methods, identity_by_id, locked_methods
from sandbox.infisical.records.places import project_by_id
from sandbox.infisical.records.projects import add_member, roles_json
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row

SUBJECT = "identity"


def add(call: Call) -> Json:
    project_id, identity_id = _places(call, "create")
    roles = _roles(call, project_id)
    if _find(call, project_id, identity_id):
        raise bad_request("Identity is already a member")
    return _answer(add_member(call.database, project_id, "identity", identity_id, roles, call.stamp()))


def update(call: Call) -> Json:
    project_id, identity_id = _places(call, "edit")
    member = _member(call, project_id, identity_id)
    changes = {"roles": roles_json(_roles(call, project_id)), "updated": call.stamp()}
    call.database.update("memberships", member["id"], changes)
    return _answer(member | changes)


def remove(call: Call) -> Json:
    """Remove the membership with the identity's additional privileges."""
    project_id, identity_id = _places(call, "delete")
    member = _member(call, project_id, identity_id)
    call.database.run("DELETE FROM memberships WHERE id = ?", member["id"])
    call.database.run("DELETE FROM privileges WHERE project_id = ? AND identity_id = ?", project_id, identity_id)
    return _answer(member)


def get(call: Call) -> Json:
    project_id, identity_id = _places(call, "read")
    return {"identityMembership": _shown(call, _known(call, project_id, identity_id))}


def list_members(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require("read", SUBJECT)
    rows = call.database.rows(
        "SELECT * FROM memberships WHERE project_id = ? AND actor_kind = 'identity' ORDER BY rowid", project["id"]
    )
    return {"identityMemberships": [_shown(call, row) for row in rows], "totalCount": len(rows)}


def _places(call: Call, action: str) -> tuple[str, str]:
    """Project and identity of the route, if the actor has the permission."""
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require(action, SUBJECT)
    return project["id"], identity_by_id(call, call.parameters["identity"])["id"]


def _roles(call: Call, project_id: str) -> list[str]:
    fields = call.fields()
    entries = fields.objects("roles") if fields.has("roles") else []
    roles = [each.text("role") for each in entries] or [fields.text("role")]
    temporary = any(each.flag("isTemporary", False) for each in entries)
    fields.check()
    if temporary:
        raise not_imitated("temporary roles")
    if unknown := [role for role in roles if role not in ROLES]:
        listed = ", ".join(unknown)
        message = f"Specified roles '{listed}' was not found in the project with ID '{project_id}'"
        raise not_found(message)
    return roles


def _find(call: Call, project_id: str, identity_id: str) -> Row | None:
    return call.database.one(
        "SELECT * FROM memberships WHERE project_id = ? AND actor_kind = 'identity' AND actor_id = ?",
        project_id,
        identity_id,
    )


def _member(call: Call, project_id: str, identity_id: str) -> Row:
    """Like `_known`, with the error texts of the routes that change a membership."""
    member = _find(call, project_id, identity_id)
    if member is None:
        raise bad_request("Identity doesn't have membership")
    return member


def _known(call: Call, project_id: str, identity_id: str) -> Row:
    member = _find(call, project_id, identity_id)
    if member is None:
        message = f"Identity with ID {identity_id} does not exist in project with ID {project_id}"
        raise not_found(message)
    return member


def _answer(member: Row) -> Json:
    return {
        "identityMembership": {
            "id": member["id"],
            "projectId": member["project_id"],
            "identityId": member["actor_id"],
            "createdAt": member["created"],
            "updatedAt": member["updated"],
        }
    }


def _shown(call: Call, member: Row) -> Json:
    permanent = {
        "customRoleName": None,
        "customRoleSlug": None,
        "isTemporary": False,
        "temporaryMode": None,
        "temporaryRange": None,
        "temporaryAccessStartTime": None,
        "temporaryAccessEndTime": None,
    }
    identity = identity_by_id(call, member["actor_id"])
    return {
        "id": member["id"],
        "identityId": identity["id"],
        "createdAt": member["created"],
        "updatedAt": member["updated"],
        "roles": [each | permanent for each in json.loads(member["roles"])],
        "identity": {
            "name": identity["name"],
            "id": identity["id"],
            "orgId": identity["org_id"],
            "projectId": identity["project_id"],
            "authMethods": auth_methods(call, identity["id"]),
            "activeLockoutAuthMethods": locked_methods(call, identity["id"]),
        },
    }


ROUTES = tuple(
    route
    for base in (
        "/api/v1/projects/{project}/memberships/identities",
        "/api/v1/projects/{project}/identity-memberships",
        "/api/v2/workspace/{project}/identity-memberships",
    )
    for route in (
        Route("GET", base, list_members),
        Route("POST", f"{base}/{{identity}}", add),
        Route("GET", f"{base}/{{identity}}", get),
        Route("PATCH", f"{base}/{{identity}}", update),
        Route("DELETE", f"{base}/{{identity}}", remove),
    )
)
