"""Machine identities of the organization, and those of one project."""

from __future__ import annotations

import json

from sandbox.infisical.errors import bad_request, forbidden
from sandbox.infisical.records.identities import (
    add_identity,
    identity_by_id,
    identity_json,
    locked_methods,
    membership_json,
)
from sandbox.infisical.records.places import project_by_id
from sandbox.infisical.records.projects import add_member
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row

SUBJECT = "identity"
LARGEST_PAGE = 100
ORG_ROLES = ("admin", "member", "no-access")


def create(call: Call) -> Json:
    """Create an identity; names need not be unique."""
    fields = call.fields()
    name, organization = fields.text("name"), fields.text("organizationId")
    role, protected = fields.text("role", "no-access"), fields.flag("hasDeleteProtection", False)
    metadata = _metadata(fields)
    fields.check()
    _require_org(call, organization)
    call.require_org_admin("create", SUBJECT)
    _check_role(role)
    identity = add_identity(call, name, role, metadata=metadata, protected=protected)
    return {"identity": identity_json(call, identity) | {"authMethod": None}}


def create_in_project(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    fields = call.fields()
    name, protected, metadata = fields.text("name"), fields.flag("hasDeleteProtection", False), _metadata(fields)
    fields.check()
    call.ability(project["id"]).require("create", SUBJECT)
    identity = add_identity(call, name, "no-access", project_id=project["id"], metadata=metadata, protected=protected)
    add_member(call.database, project["id"], "identity", identity["id"], ["no-access"], call.stamp())
    return {"identity": identity_json(call, identity)}


def list_identities(call: Call) -> Json:
    _require_org(call, call.query.get("orgId", ""))
    call.require_org_admin("read", SUBJECT)
    rows = _of_organization(call, "rowid")
    return {"identities": [membership_json(call, row) for row in rows], "totalCount": len(rows)}


def search(call: Call) -> Json:
    fields = call.fields()
    offset, limit = fields.number("offset", 0), fields.number("limit", 50)
    fields.at_most("limit", LARGEST_PAGE)
    wanted = fields.within("search") if fields.has("search") else Fields({})
    fields.check()
    call.require_org_admin("read", SUBJECT)
    found = [
        row
        for row in _of_organization(call, "name, rowid DESC")
        if _fits(row["name"], wanted.value("name")) and _fits(row["role"], wanted.value("role"))
    ]
    shown = [_search_json(call, row) for row in found[offset : offset + limit]]
    return {"identities": shown, "totalCount": len(found)}


def details(call: Call) -> Json:
    """The organization that the token is for."""
    if call.actor.kind != "identity":
        raise forbidden("You are not allowed to access this resource", "Forbidden access to /api/v1/identities/details")
    row = call.database.one("SELECT id, name, slug FROM organizations WHERE id = ?", call.org_id)
    return {"identityDetails": {"organization": row}}


def get(call: Call) -> Json:
    call.require_org_admin("read", SUBJECT)
    identity = identity_by_id(call, call.parameters["identity"])
    metadata = json.loads(identity["metadata"])
    return {"identity": membership_json(call, identity) | {"metadata": metadata}}


def list_memberships(call: Call) -> Json:
    """The projects that the identity is a member of."""
    call.require_org_admin("read", SUBJECT)
    identity = identity_by_id(call, call.parameters["identity"])
    rows = call.database.rows(
        "SELECT memberships.*, projects.name AS project_name, projects.type AS project_type FROM memberships "
        "JOIN projects ON projects.id = memberships.project_id "
        "WHERE actor_kind = 'identity' AND actor_id = ? ORDER BY memberships.rowid",
        identity["id"],
    )
    return {"identityMemberships": [_with_project(call, identity, row) for row in rows]}


def _with_project(call: Call, identity: Row, row: Row) -> Json:
    return {
        "id": row["id"],
        "identityId": identity["id"],
        "createdAt": row["created"],
        "updatedAt": row["updated"],
        "roles": [each | {"isTemporary": False} for each in json.loads(row["roles"])],
        "identity": membership_json(call, identity)["identity"],
        "project": {"id": row["project_id"], "name": row["project_name"], "type": row["project_type"]},
    }


def update(call: Call) -> Json:
    identity = identity_by_id(call, call.parameters["identity"])
    fields = call.fields()
    name, role = fields.text("name", identity["name"]), fields.text("role", identity["role"])
    protected = fields.flag("hasDeleteProtection", bool(identity["delete_protection"]))
    fields.check()
    call.require_org_admin("edit", SUBJECT)
    _check_role(role)
    changes = {"name": name, "role": role, "delete_protection": protected, "updated": call.stamp()}
    call.database.update("identities", identity["id"], changes)
    return {"identity": identity_json(call, identity | changes)}


def delete(call: Call) -> Json:
    """Delete an identity with its auth methods, tokens and memberships."""
    call.require_org_admin("delete", SUBJECT)
    identity = identity_by_id(call, call.parameters["identity"])
    if identity["delete_protection"]:
        raise bad_request("Identity has delete protection")
    shown = identity_json(call, identity)
    call.database.run("DELETE FROM memberships WHERE actor_kind = 'identity' AND actor_id = ?", identity["id"])
    call.database.run("DELETE FROM identities WHERE id = ?", identity["id"])
    return {"identity": shown}


def _of_organization(call: Call, order: str) -> list[Row]:
    of_it = "SELECT * FROM identities WHERE org_id = ? AND project_id IS NULL"
    return call.database.rows(f"{of_it} ORDER BY {order}", call.org_id)


def _search_json(call: Call, row: Row) -> Json:
    shown = membership_json(call, row)
    further = {"orgId": row["org_id"], "activeLockoutAuthMethods": locked_methods(call, row["id"])}
    return shown | {"identity": shown["identity"] | further}


def _fits(value: str, wanted: object) -> bool:
    """A search is a string, or an object of `$eq`, `$contains`, `$in`."""
    if wanted is None:
        return True
    if isinstance(wanted, str):
        return value == wanted
    if not isinstance(wanted, dict):
        return False
    equal, part, listed = wanted.get("$eq"), wanted.get("$contains"), wanted.get("$in")
    return (
        (equal is None or value == equal)
        and (part is None or str(part) in value)
        and (listed is None or value in listed)
    )


def _metadata(fields: Fields) -> list[Json]:
    entries = fields.objects("metadata") if fields.has("metadata") else []
    return [{"key": each.text("key"), "value": each.text("value")} for each in entries]


def _check_role(role: str) -> None:
    if role not in ORG_ROLES:
        message = f"Organization role '{role}' does not exist"
        raise bad_request(message)


def _require_org(call: Call, organization: str) -> None:
    if organization != call.org_id:
        raise forbidden("You are not a member of this organization", "ForbiddenRequest")


ROUTES = (
    Route("POST", "/api/v1/identities", create),
    Route("GET", "/api/v1/identities", list_identities),
    Route("POST", "/api/v1/identities/search", search),
    Route("GET", "/api/v1/identities/details", details),
    Route("GET", "/api/v1/identities/{identity}", get),
    Route("GET", "/api/v1/identities/{identity}/identity-memberships", list_memberships),
    Route("PATCH", "/api/v1/identities/{identity}", update),
    Route("DELETE", "/api/v1/identities/{identity}", delete),
    Route("POST", "/api/v1/projects/{project}/identities", create_in_project),
)
