"""Folders: the current routes, and the earlier ones that call projects workspaces."""

from __future__ import annotations

import re
from functools import partial

from sandbox.infisical.errors import bad_request, check_column, not_found
from sandbox.infisical.records import places
from sandbox.infisical.records.places import canonical, project_by_id
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row

SUBJECT = "secret-folders"
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def create(call: Call) -> Json:
    """Create the folder and its missing parents."""
    fields = call.fields()
    project_id, environment = _project_id(fields), fields.text("environment")
    name, path = fields.text("name"), _path(fields)
    description = fields.optional_text("description")
    _check_name(fields, name)
    fields.check()
    check_column(description or "")
    project_by_id(call, project_id)
    call.ability(project_id).require("create", SUBJECT, {"environment": environment, "secretPath": path})
    found = places.environment_of(call.database, project_id, environment)
    parent = places.folder_at(call.database, project_id, environment, "/")
    if found is None or parent is None:
        message = f"Environment with slug '{environment}' in project with ID {project_id} not found"
        raise not_found(message, "CreateFolder")
    stamp = call.stamp()
    for each in filter(None, path.split("/")):
        above = parent["id"]
        parent = places.child(call.database, above, each)
        parent = parent or places.add_folder(call.database, found["id"], above, each, stamp)
    if places.child(call.database, parent["id"], name):
        message = f"Folder with name '{name}' already exists in path '{path}'"
        raise bad_request(message)
    folder = places.add_folder(call.database, found["id"], parent["id"], name, stamp, description)
    return {"folder": _shown(folder) | {"path": f"{path.rstrip('/')}/{name}"}}


def list_folders(call: Call) -> Json:
    project_id = call.query.get("projectId") or call.query.get("workspaceId") or ""
    environment = call.query.get("environment", "")
    path = canonical(call.query.get("path") or call.query.get("directory") or "/")
    project_by_id(call, project_id)
    call.ability(project_id)
    if places.environment_of(call.database, project_id, environment) is None:
        message = f"Environment with slug '{environment}' not found"
        raise not_found(message)
    folder = places.folder_at(call.database, project_id, environment, path)
    if folder is None:
        return {"folders": []}
    if not call.query_flag("recursive", False):
        return {"folders": [_shown(each) for each in places.children(call.database, folder["id"])]}
    below = places.below(call.database, folder, path)
    return {"folders": [_shown(each) | {"relativePath": its_path} for its_path, each in below]}


def get(call: Call) -> Json:
    folder = call.database.one("SELECT * FROM folders WHERE id = ?", call.parameters["folder"])
    environment = folder and call.database.one("SELECT * FROM environments WHERE id = ?", folder["environment_id"])
    if folder is None or environment is None:
        message = f"Folder with ID '{call.parameters['folder']}' not found"
        raise not_found(message)
    project = project_by_id(call, environment["project_id"])
    call.ability(project["id"])
    place = {"envId": environment["id"], "envName": environment["name"], "envSlug": environment["slug"]}
    further = {"environment": place, "path": _path_of(call, folder), "projectId": project["id"]}
    return {"folder": _shown(folder) | further}


def update(call: Call) -> Json:
    fields = call.fields()
    name = fields.text("name")
    _check_name(fields, name)
    folder, path = _known(call, fields, "edit")
    taken = places.child(call.database, folder["parent_id"], name)
    if taken and taken["id"] != folder["id"]:
        message = f"Folder with name '{name}' already exists in path '{path}'"
        raise bad_request(message)
    changes = {"name": name, "version": folder["version"] + 1, "updated": call.stamp()}
    call.database.update("folders", folder["id"], changes)
    return {"folder": _shown(folder | changes) | {"path": f"{path.rstrip('/')}/{name}"}}


def delete(call: Call, *, careful: bool) -> Json:
    """
    Delete a folder with its content.

    :param careful: refuse a folder with content, unless the request has `forceDelete`
    """
    fields = call.fields()
    forced = fields.flag("forceDelete", False)
    folder, path = _known(call, fields, "delete")
    if careful and not forced and _has_content(call, folder):
        raise bad_request("Folder is not empty. Set forceDelete to delete it with its content.")
    call.database.run("DELETE FROM folders WHERE id = ?", folder["id"])
    return {"folder": _shown(folder) | {"path": f"{path.rstrip('/')}/{folder['name']}"}}


def _has_content(call: Call, folder: Row) -> bool:
    below = places.children(call.database, folder["id"])
    return bool(below or call.database.one("SELECT id FROM secrets WHERE folder_id = ?", folder["id"]))


def _known(call: Call, fields: Fields, action: str) -> tuple[Row, str]:
    """The folder that the route names by id or name, and its parent's path."""
    project_id, environment, path = _project_id(fields), fields.text("environment"), _path(fields)
    fields.check()
    project_by_id(call, project_id)
    call.ability(project_id).require(action, SUBJECT, {"environment": environment, "secretPath": path})
    parent = places.folder_at(call.database, project_id, environment, path)
    wanted = call.parameters["folder"]
    within = places.children(call.database, parent["id"]) if parent else []
    for folder in within:
        if wanted in (folder["id"], folder["name"]):
            return folder, path
    message = f"Folder with name or ID '{wanted}' not found in path '{path}'"
    raise not_found(message)


def _project_id(fields: Fields) -> str:
    return fields.text("workspaceId" if fields.has("workspaceId") else "projectId")


def _path(fields: Fields) -> str:
    return canonical(fields.text("path", fields.text("directory", "/")))


def _check_name(fields: Fields, name: str) -> None:
    if name and not _NAME.fullmatch(name):
        allowed = "Only alphanumeric characters, dashes, and underscores are allowed."
        fields.issue(f"Invalid folder name. {allowed}", "name")


def _path_of(call: Call, folder: Row) -> str:
    names: list[str] = []
    while folder["parent_id"]:
        names.append(folder["name"])
        above = call.database.one("SELECT * FROM folders WHERE id = ?", folder["parent_id"])
        assert above is not None, "a folder is deleted with its parent"
        folder = above
    return "/" + "/".join(reversed(names))


def _shown(folder: Row) -> Json:
    return {
        "id": folder["id"],
        "name": folder["name"],
        "version": folder["version"],
        "createdAt": folder["created"],
        "updatedAt": folder["updated"],
        "envId": folder["environment_id"],
        "parentId": folder["parent_id"],
        "isReserved": False,
        "description": folder["description"],
        "lastSecretModified": None,
    }


ROUTES = tuple(
    route
    for base in ("/api/v1/folders", "/api/v2/folders")
    for route in (
        Route("POST", base, create),
        Route("GET", base, list_folders),
        Route("GET", f"{base}/{{folder}}", get),
        Route("PATCH", f"{base}/{{folder}}", update),
        Route("DELETE", f"{base}/{{folder}}", partial(delete, careful="v2" in base)),
    )
)
