"""Projects: the current routes, and the earlier ones that call them workspaces."""

from __future__ import annotations

import re

from sandbox.infisical.errors import bad_request, denied, forbidden
from sandbox.infisical.records.places import add_environment, project_by_id, project_by_slug, with_suffix
from sandbox.infisical.records.projects import add_member, add_project, bare_project_json, project_json
from sandbox.infisical.server.actors import ADMIN
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row

SHORTEST_SLUG, LONGEST_SLUG = 5, 36
ENVIRONMENTS = (("Development", "dev"), ("Staging", "staging"), ("Production", "prod"))
NO_ACCESS = "no-access"
NONE_DELETED: Json = {"deletedEnvironments": []}
LEGACY: Json = {"kmsSecretManagerKeyId": None}
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


def create(call: Call) -> Json:
    return {"project": _create(call) | NONE_DELETED}


def create_legacy(call: Call) -> Json:
    return {"project": _create(call) | LEGACY}


def list_projects(call: Call) -> Json:
    return {"projects": [each | NONE_DELETED for each in _own(call)]}


def list_legacy(call: Call) -> Json:
    return {"workspaces": _own(call)}


def get(call: Call) -> Json:
    return {"project": _known(call, project_by_id(call, call.parameters["project"])) | NONE_DELETED}


def get_by_slug(call: Call) -> Json:
    return _known(call, project_by_slug(call, call.parameters["slug"])) | NONE_DELETED


def get_legacy(call: Call) -> Json:
    return _known(call, project_by_slug(call, call.parameters["slug"])) | LEGACY


def update(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    fields = call.fields()
    name, description = fields.text("name", project["name"]), fields.text("description", project["description"] or "")
    slug = fields.text("slug", project["slug"])
    protected = fields.flag("hasDeleteProtection", bool(project["delete_protection"]))
    _check_slug(fields, slug)
    fields.check()
    call.ability(project["id"]).require("edit", "workspace")
    if slug != project["slug"]:
        _require_free(call, slug)
    changes: Row = {"name": name, "description": description or None, "slug": slug, "delete_protection": protected}
    changes["updated"] = call.stamp()
    call.database.update("projects", project["id"], changes)
    return {"message": "Successfully updated project", "project": bare_project_json(project | changes)}


def delete(call: Call) -> Json:
    project = project_by_id(call, call.parameters["project"])
    call.ability(project["id"]).require("delete", "workspace")
    if project["delete_protection"]:
        raise forbidden("Project delete protection is enabled", "ForbiddenError")
    call.database.run("DELETE FROM projects WHERE id = ?", project["id"])
    return {"project": bare_project_json(project)}


def _create(call: Call) -> Json:
    fields = call.fields()
    name, slug = fields.text("projectName"), fields.optional_text("slug")
    description, kind = fields.optional_text("projectDescription"), fields.text("type", "secret-manager")
    with_environments = fields.flag("shouldCreateDefaultEnvs", True)
    if slug is not None:
        _check_slug(fields, slug)
    fields.check()
    if call.actor.org_role == NO_ACCESS:
        raise denied("create", "workspace", [])
    if slug:
        _require_free(call, slug)
    stamp, database = call.stamp(), call.database
    project = add_project(
        database, call.org_id, name, slug or with_suffix(name), stamp, kind=kind, description=description
    )
    for each, its_slug in ENVIRONMENTS if with_environments else ():
        add_environment(database, project["id"], each, its_slug, stamp)
    add_member(database, project["id"], call.actor.kind, call.actor.id, [ADMIN], stamp)
    return project_json(database, project)


def _own(call: Call) -> list[Json]:
    """The projects that the actor is a member of."""
    rows = call.database.rows(
        "SELECT projects.* FROM projects JOIN memberships ON memberships.project_id = projects.id "
        "WHERE actor_kind = ? AND actor_id = ? AND projects.type = COALESCE(?, projects.type) ORDER BY projects.name",
        call.actor.kind,
        call.actor.id,
        call.query.get("type"),
    )
    return [project_json(call.database, row) for row in rows]


def _known(call: Call, project: Row) -> Json:
    call.ability(project["id"])
    return project_json(call.database, project)


def _check_slug(fields: Fields, slug: str) -> None:
    if len(slug) < SHORTEST_SLUG:
        message = f"Slug field must be at least {SHORTEST_SLUG} lowercase characters"
        size = {"code": "too_small", "minimum": SHORTEST_SLUG, "type": "string", "inclusive": True, "exact": False}
        fields.issue(message, "slug", **size)
    elif len(slug) > LONGEST_SLUG:
        message = f"Slug field must be at most {LONGEST_SLUG} lowercase characters"
        size = {"code": "too_big", "maximum": LONGEST_SLUG, "type": "string", "inclusive": True, "exact": False}
        fields.issue(message, "slug", **size)
    elif not _SLUG.fullmatch(slug):
        fields.issue("Slug field can only contain lowercase letters, numbers, and hyphens", "slug")


def _require_free(call: Call, slug: str) -> None:
    if call.database.one("SELECT id FROM projects WHERE org_id = ? AND slug = ?", call.org_id, slug):
        what = f'A project with the slug "{slug}" already exists in your organization.'
        message = f"{what} Please choose a different name or slug."
        raise bad_request(message)


ROUTES = (
    Route("POST", "/api/v1/projects", create),
    Route("GET", "/api/v1/projects", list_projects),
    Route("GET", "/api/v1/projects/slug/{slug}", get_by_slug),
    Route("GET", "/api/v1/projects/{project}", get),
    Route("PATCH", "/api/v1/projects/{project}", update),
    Route("DELETE", "/api/v1/projects/{project}", delete),
    Route("GET", "/api/v1/workspace", list_legacy),
    Route("POST", "/api/v2/workspace", create_legacy),
    Route("GET", "/api/v2/workspace/{slug}", get_legacy),
)
