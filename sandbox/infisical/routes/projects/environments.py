"""The environments of a project."""

from __future__ import annotations

import re

from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.records.places import add_environment, environment_of, project_by_id
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row

SUBJECT = "environments"
LONGEST_SLUG = 64
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    fields = call.fields()
    name, slug = fields.text("name"), fields.text("slug")
    _check_slug(fields, slug)
    fields.check()
    call.ability(project["id"]).require("create", SUBJECT)
    environment = add_environment(call.database, project["id"], name, slug, call.stamp())
    return _answer("Successfully created new environment", environment)


def get_by_slug(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require("read", SUBJECT)
    environment = environment_of(call.database, project["id"], call.parameters["slug"])
    if environment is None:
        message = f"Environment with slug '{call.parameters['slug']}' not found"
        raise not_found(message)
    return {"environment": _shown(environment)}


def get(call: Call) -> Json:
    return {"environment": _shown(_known(call, "read"))}


def update(call: Call) -> Json:
    environment = _known(call, "edit")
    fields = call.fields()
    name, slug = fields.text("name", environment["name"]), fields.text("slug", environment["slug"])
    _check_slug(fields, slug)
    fields.check()
    if slug != environment["slug"] and environment_of(call.database, environment["project_id"], slug):
        message = f"Environment with slug '{slug}' already exists"
        raise bad_request(message)
    changes = {"name": name, "slug": slug, "updated": call.stamp()}
    call.database.update("environments", environment["id"], changes)
    return _answer("Successfully updated environment", environment | changes)


def delete(call: Call) -> Json:
    environment = _known(call, "delete")
    call.database.run("DELETE FROM environments WHERE id = ?", environment["id"])
    return _answer("Successfully deleted environment", environment)


def _check_slug(fields: Fields, slug: str) -> None:
    if len(slug) > LONGEST_SLUG or not _SLUG.fullmatch(slug):
        fields.issue("Slug field can only contain lowercase letters, numbers, and hyphens", "slug")


def _known(call: Call, action: str) -> Row:
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require(action, SUBJECT)
    wanted = call.parameters["environment"]
    row = call.database.one("SELECT * FROM environments WHERE project_id = ? AND id = ?", project["id"], wanted)
    if row is None:
        message = f"Environment with ID '{wanted}' not found"
        raise not_found(message)
    return row


def _answer(message: str, environment: Row) -> Json:
    return {"message": message, "projectId": environment["project_id"], "environment": _shown(environment)}


def _shown(environment: Row) -> Json:
    return {
        "id": environment["id"],
        "name": environment["name"],
        "slug": environment["slug"],
        "position": environment["position"],
        "projectId": environment["project_id"],
        "createdAt": environment["created"],
        "updatedAt": environment["updated"],
        "deleteAfter": None,
        "softDeletedAt": None,
        "deletedByUserId": None,
        "deletedByIdentityId": None,
    }


BASE = "/api/v1/projects/{project}/environments"

ROUTES = (
    Route("POST", BASE, create),
    Route("GET", f"{BASE}/slug/{{slug}}", get_by_slug),
    Route("GET", f"{BASE}/{{environment}}", get),
    Route("PATCH", f"{BASE}/{{environment}}", update),
    Route("DELETE", f"{BASE}/{{environment}}", delete),
)
