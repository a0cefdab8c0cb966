"""The versions of a secret."""

from __future__ import annotations

from sandbox.infisical.access.ability import READ_VALUE
from sandbox.infisical.errors import not_found
from sandbox.infisical.records import secret_store
from sandbox.infisical.routes.secrets import secret_json
from sandbox.infisical.server.routing import Call, Json, Route


def list_versions(call: Call) -> Json:
    """List the versions, the newest first."""
    secret = secret_store.find_by_id(call.state, call.parameters["secret"])
    environment = call.database.one(
        "SELECT environments.* FROM environments JOIN folders ON environments.id = environment_id WHERE folders.id = ?",
        secret.folder_id if secret else "",
    )
    if secret is None or environment is None:
        message = f"Secret with ID '{call.parameters['secret']}' not found"
        raise not_found(message)
    project_id, slug = environment["project_id"], environment["slug"]
    call.ability(project_id).require_see(READ_VALUE)
    found = secret_store.versions(call.state, secret.id)
    start, size = int(call.query.get("offset", "0")), int(call.query.get("limit", "20"))
    shown = [secret_json.shown(each, project_id, slug) for each in found[start : start + size]]
    return {"secretVersions": shown}


ROUTES = (Route("GET", "/api/v1/secret/{secret}/secret-versions", list_versions),)
