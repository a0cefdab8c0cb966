"""Imports: a folder shows the secrets of another folder of the project."""

from __future__ import annotations

from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.records.places import canonical, environment_of, project_by_id
from sandbox.infisical.routes.secrets.dialects import Target
from sandbox.infisical.routes.secrets.reader import folder_of
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row, new_id

SUBJECT = "secret-imports"


def create(call: Call) -> Json:
    fields = call.fields()
    source = fields.within("import")
    source_environment, source_path = source.text("environment"), canonical(source.text("path"))
    target = _target(fields)
    folder = _folder(call, target, "create")
    environment = environment_of(call.database, target.project_id, source_environment)
    if environment is None:
        message = f"Environment with slug '{source_environment}' in project with ID '{target.project_id}' not found"
        raise not_found(message)
    if (source_environment, source_path) == (target.environment, target.path):
        raise bad_request("Cyclic import not allowed")
    rows = _of(call, folder)
    if any(row["environment_id"] == environment["id"] and row["path"] == source_path for row in rows):
        raise bad_request("Secret import already exist")
    stamp = call.stamp()
    row = {"id": new_id(), "folder_id": folder["id"], "environment_id": environment["id"], "path": source_path}
    place = {"position": max((each["position"] for each in rows), default=0) + 1, "created": stamp, "updated": stamp}
    call.database.insert("secret_imports", row | place)
    return {"message": "Successfully created secret import", "secretImport": _shown(call, row | place)}


def list_imports(call: Call) -> Json:
    project_id = call.query.get("projectId", "")
    path = canonical(call.query.get("path", "/"))
    folder = _folder(call, Target(project_id, call.query.get("environment", ""), path), "read")
    project = project_by_id(call, project_id)
    shown = [_shown(call, row) | {"sourceProjectName": project["name"]} for row in _of(call, folder)]
    for each in shown:
        each["importEnv"] |= {"projectId": project_id}
    return {"message": "Successfully fetched secret imports", "secretImports": shown}


def delete(call: Call) -> Json:
    folder = _folder(call, _target(call.fields()), "delete")
    row = next((each for each in _of(call, folder) if each["id"] == call.parameters["import"]), None)
    if row is None:
        message = f"Secret import with ID '{call.parameters['import']}' not found"
        raise not_found(message)
    shown = _shown(call, row)
    call.database.run("DELETE FROM secret_imports WHERE id = ?", row["id"])
    return {"message": "Successfully deleted secret import", "secretImport": shown}


def _target(fields: Fields) -> Target:
    project_id = fields.text("projectId")
    environment, path = fields.text("environment"), canonical(fields.text("path", "/"))
    fields.check()
    return Target(project_id, environment, path)


def _folder(call: Call, target: Target, action: str) -> Row:
    project_by_id(call, target.project_id)
    where = {"environment": target.environment, "secretPath": target.path}
    call.ability(target.project_id).require(action, SUBJECT, where)
    return folder_of(call.state, target, "NotFound")


def _of(call: Call, folder: Row) -> list[Row]:
    return call.database.rows("SELECT * FROM secret_imports WHERE folder_id = ? ORDER BY position", folder["id"])


def _shown(call: Call, row: Row) -> Json:
    environment = call.database.one("SELECT name, slug, id FROM environments WHERE id = ?", row["environment_id"])
    return {
        "id": row["id"],
        "version": 1,
        "importPath": row["path"],
        "position": row["position"],
        "createdAt": row["created"],
        "updatedAt": row["updated"],
        "folderId": row["folder_id"],
        "isReplication": False,
        "isReplicationSuccess": None,
        "replicationStatus": None,
        "lastReplicated": None,
        "isReserved": False,
        "importEnv": environment,
    }


BASE = "/api/v2/secret-imports"

ROUTES = (
    Route("POST", BASE, create),
    Route("GET", BASE, list_imports),
    Route("DELETE", f"{BASE}/{{import}}", delete),
)
