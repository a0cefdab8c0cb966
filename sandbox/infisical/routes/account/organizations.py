"""Organizations, which only users see, and their audit log, which a server without a licence does not keep."""

from __future__ import annotations

from sandbox.infisical.errors import not_found
from sandbox.infisical.server.routing import Call, Json, Route, RouteAccess
from sandbox.infisical.storage.database import Row


def list_organizations(call: Call) -> Json:
    """The user's organizations, even before one is selected: a client that has only the login finds the ID here."""
    rows = call.database.rows(
        "SELECT organizations.* FROM organizations JOIN users ON users.org_id = organizations.id WHERE users.id = ?",
        call.actor.id,
    )
    member = {"orgAuthMethod": "email", "userRole": "admin"}
    return {"organizations": [_shown(row) | member | {"userJoinedAt": row["created"]} for row in rows]}


def get_organization(call: Call) -> Json:
    organization = call.parameters["organization"]
    row = call.database.one("SELECT * FROM organizations WHERE id = ?", organization)
    if row is None or organization != call.actor.org_id:
        message = f"Organization with ID '{organization}' not found"
        raise not_found(message)
    return {"organization": _shown(row)}


def audit_logs(_: Call) -> Json:
    return {"auditLogs": []}


def _shown(row: Row) -> Json:
    names = {"id": row["id"], "name": row["name"], "slug": row["slug"]}
    return names | {"createdAt": row["created"], "updatedAt": row["updated"]}


ROUTES = (
    Route("GET", "/api/v1/organization", list_organizations, RouteAccess.USER),
    Route("GET", "/api/v1/organization/audit-logs", audit_logs),
    Route("GET", "/api/v1/organization/{organization}", get_organization, RouteAccess.USER),
)
