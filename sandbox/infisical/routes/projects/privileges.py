"""Additional privileges: what an identity may do in a project beyond its roles."""

from __future__ import annotations

import json

from sandbox.infisical.errors import bad_request, not_found, not_imitated
from sandbox.infisical.records.identities import identity_by_id
from sandbox.infisical.records.places import project_by_id, with_suffix
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row, new_id

SUBJECT = "identity"
READ_AND_WRITE = ("read", "create", "edit", "delete")
ACTIONS: dict[str, tuple[str, ...]] = {
    "secrets": ("describeSecret", "readValue", "subscribe", *READ_AND_WRITE),
    "secret-folders": READ_AND_WRITE,
    "secret-imports": READ_AND_WRITE,
}
"""The actions of a permission by subject; those of other subjects are not checked."""


def create(call: Call) -> Json:
    fields = call.fields()
    identity_id, project_id, slug = fields.text("identityId"), fields.text("projectId"), fields.optional_text("slug")
    temporary, permissions = fields.within("type").flag("isTemporary", False), _permissions(fields)
    fields.check()
    if temporary:
        raise not_imitated("temporary privileges")
    project_by_id(call, project_id)
    call.ability(project_id).require("grant-privileges", SUBJECT)
    identity_by_id(call, identity_id)
    _require_member(call, project_id, identity_id)
    slug = slug or with_suffix("privilege")
    if _by_slug(call, project_id, identity_id, slug):
        raise bad_request("Additional privilege with provided slug already exists")
    stamp = call.stamp()
    row = {"id": new_id(), "project_id": project_id, "identity_id": identity_id, "slug": slug}
    kept = {"permissions": json.dumps(permissions), "created": stamp, "updated": stamp}
    return {"privilege": _shown(call.database.insert("privileges", row | kept))}


def get(call: Call) -> Json:
    return {"privilege": _shown(_known(call, "read"))}


def update(call: Call) -> Json:
    row = _known(call, "grant-privileges")
    fields = call.fields()
    slug = fields.text("slug", row["slug"])
    permissions = _permissions(fields) if fields.has("permissions") else json.loads(row["permissions"])
    fields.check()
    if slug != row["slug"] and _by_slug(call, row["project_id"], row["identity_id"], slug):
        raise bad_request("Additional privilege with provided slug already exists")
    changes = {"slug": slug, "permissions": json.dumps(permissions), "updated": call.stamp()}
    call.database.update("privileges", row["id"], changes)
    return {"privilege": _shown(row | changes)}


def delete(call: Call) -> Json:
    row = _known(call, "grant-privileges")
    call.database.run("DELETE FROM privileges WHERE id = ?", row["id"])
    return {"privilege": _shown(row)}


def list_privileges(call: Call) -> Json:
    """The privileges without their permissions."""
    project_id, identity_id = call.query.get("projectId", ""), call.query.get("identityId", "")
    project_by_id(call, project_id)
    call.ability(project_id).require("read", SUBJECT)
    _require_member(call, project_id, identity_id)
    rows = call.database.rows(
        "SELECT * FROM privileges WHERE project_id = ? AND identity_id = ? ORDER BY rowid", project_id, identity_id
    )
    shown = [_shown(row) for row in rows]
    return {"privileges": [{name: each[name] for name in each if name != "permissions"} for each in shown]}


def _permissions(fields: Fields) -> list[Json]:
    return [_permission(each) for each in fields.objects("permissions")]


def _permission(fields: Fields) -> Json:
    action, conditions = fields.value("action"), fields.value("conditions")
    subject = fields.text("subject")
    actions = action if isinstance(action, list) else [action]
    known = ACTIONS.get(subject)
    if not all(isinstance(each, str) and (known is None or each in known) for each in actions):
        fields.issue("Invalid input", "action", code="invalid_union")
    permission: Json = {"subject": subject, "action": action}
    if conditions:
        permission["conditions"] = conditions
    return permission | {"inverted": fields.flag("inverted", False)}


def _known(call: Call, action: str) -> Row:
    row = call.database.one("SELECT * FROM privileges WHERE id = ?", call.parameters["privilege"])
    if row is None:
        message = f"Additional privilege with ID '{call.parameters['privilege']}' not found"
        raise not_found(message)
    project_by_id(call, row["project_id"])
    call.ability(row["project_id"]).require(action, SUBJECT)
    return row


def _by_slug(call: Call, project_id: str, identity_id: str, slug: str) -> Row | None:
    return call.database.one(
        "SELECT id FROM privileges WHERE project_id = ? AND identity_id = ? AND slug = ?", project_id, identity_id, slug
    )


def _require_member(call: Call, project_id: str, identity_id: str) -> None:
    member = call.database.one(
        "SELECT id FROM memberships WHERE project_id = ? AND actor_kind = 'identity' AND actor_id = ?",
        project_id,
        identity_id,
    )
    if member is None:
        raise bad_request("Identity doesn't have membership")


def _shown(row: Row) -> Json:
    return {
        "id": row["id"],
        "slug": row["slug"],
        "isTemporary": False,
        "temporaryMode": None,
        "temporaryRange": None,
        "temporaryAccessStartTime": None,
        "temporaryAccessEndTime": None,
        "permissions": json.loads(row["permissions"]),
        "createdAt": row["created"],
        "updatedAt": row["updated"],
    }


BASE = "/api/v2/identity-project-additional-privilege"

ROUTES = (
    Route("POST", BASE, create),
    Route("GET", BASE, list_privileges),
    Route("GET", f"{BASE}/{{privilege}}", get),
    Route("PATCH", f"{BASE}/{{privilege}}", update),
    Route("DELETE", f"{BASE}/{{privilege}}", delete),
)
