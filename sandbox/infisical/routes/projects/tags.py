"""The tags of a project, which its secrets can have."""

from __future__ import annotations

from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.records.places import project_by_id
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row, new_id

SUBJECT = "tags"


def create(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    fields = call.fields()
    slug, color = fields.text("slug"), fields.text("color", "")
    fields.check()
    call.ability(project["id"]).require("create", SUBJECT)
    if call.database.one("SELECT id FROM tags WHERE project_id = ? AND slug = ?", project["id"], slug):
        raise bad_request("Tag with that slug already exists")
    stamp = call.stamp()
    row = {"id": new_id(), "project_id": project["id"], "slug": slug, "color": color}
    return {"tag": _shown(call.database.insert("tags", row | {"created": stamp, "updated": stamp}))}


def list_tags(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require("read", SUBJECT)
    rows = call.database.rows("SELECT * FROM tags WHERE project_id = ? ORDER BY slug", project["id"])
    return {"tags": [_shown(row) for row in rows]}


def delete(call: Call) -> Json:
    """Delete the tag, and remove it from its secrets."""
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require("delete", SUBJECT)
    wanted = call.parameters["tag"]
    row = call.database.one("SELECT * FROM tags WHERE project_id = ? AND id = ?", project["id"], wanted)
    if row is None:
        message = f"Tag with ID '{wanted}' not found"
        raise not_found(message)
    call.database.run("DELETE FROM tags WHERE id = ?", wanted)
    return {"tag": _shown(row)}


def _shown(row: Row) -> Json:
    return {
        "id": row["id"],
        "slug": row["slug"],
        "color": row["color"],
        "name": row["slug"],
        "projectId": row["project_id"],
        "createdAt": row["created"],
        "updatedAt": row["updated"],
    }


BASE = "/api/v1/projects/{project}/tags"

ROUTES = (
    Route("POST", BASE, create),
    Route("GET", BASE, list_tags),
    Route("DELETE", f"{BASE}/{{tag}}", delete),
)
