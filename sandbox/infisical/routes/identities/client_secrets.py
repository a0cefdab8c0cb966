"""Create, list (by prefix only) and revoke client secrets."""

from __future__ import annotations

import secrets

from sandbox.infisical.access.hashing import hashed
from sandbox.infisical.errors import check_column, not_found
from sandbox.infisical.routes.identities.universal_auth import BASE, SUBJECT, universal_auth_of
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row, new_id

SECRET_BYTES, PREFIX_LENGTH = 32, 4


def create(call: Call) -> Json:
    """Create a client secret. Only this answer shows it."""
    fields = call.fields()
    description, limit, ttl = fields.text("description", ""), fields.number("numUsesLimit", 0), fields.number("ttl", 0)
    fields.check()
    check_column(description)
    call.require_org_admin("create", SUBJECT)
    universal_auth, secret, stamp = universal_auth_of(call), secrets.token_hex(SECRET_BYTES), call.stamp()
    row = {
        "id": new_id(),
        "ua_id": universal_auth["id"],
        "hash": hashed(secret, call.state.settings.bcrypt_rounds),
        "prefix": secret[:PREFIX_LENGTH],
        "description": description,
        "ttl": ttl,
        "num_uses_limit": limit,
        "created": stamp,
        "updated": stamp,
    }
    call.database.insert("client_secrets", row)
    return {"clientSecret": secret, "clientSecretData": _shown(row | {"num_uses": 0, "revoked": 0})}


def list_secrets(call: Call) -> Json:
    """The client secrets that are neither revoked nor used up."""
    call.require_org_admin("read", SUBJECT)
    rows = call.database.rows(
        "SELECT * FROM client_secrets WHERE ua_id = ? AND revoked = 0 "
        "AND (num_uses_limit = 0 OR num_uses < num_uses_limit) ORDER BY rowid",
        universal_auth_of(call)["id"],
    )
    return {"clientSecretData": [_shown(row) for row in rows]}


def get(call: Call) -> Json:
    call.require_org_admin("read", SUBJECT)
    return {"clientSecretData": _shown(_known(call))}


def revoke(call: Call) -> Json:
    """Revoke it: its tokens are refused from now on."""
    call.require_org_admin("delete", SUBJECT)
    row, changes = _known(call), {"revoked": 1, "updated": call.stamp()}
    call.database.update("client_secrets", row["id"], changes)
    return {"clientSecretData": _shown(row | changes)}


def _known(call: Call) -> Row:
    universal_auth, wanted = universal_auth_of(call), call.parameters["secret"]
    row = call.database.one("SELECT * FROM client_secrets WHERE ua_id = ? AND id = ?", universal_auth["id"], wanted)
    if row is None:
        message = f"Client secret with ID {wanted} not found for identity with ID {universal_auth['identity_id']}"
        raise not_found(message)
    return row


def _shown(row: Row) -> Json:
    return {
        "id": row["id"],
        "createdAt": row["created"],
        "updatedAt": row["updated"],
        "description": row["description"],
        "clientSecretPrefix": row["prefix"],
        "clientSecretNumUses": row["num_uses"],
        "clientSecretNumUsesLimit": row["num_uses_limit"],
        "clientSecretTTL": row["ttl"],
        "identityUAId": row["ua_id"],
        "isClientSecretRevoked": bool(row["revoked"]),
    }


ROUTES = (
    Route("POST", f"{BASE}/client-secrets", create),
    Route("GET", f"{BASE}/client-secrets", list_secrets),
    Route("GET", f"{BASE}/client-secrets/{{secret}}", get),
    Route("POST", f"{BASE}/client-secrets/{{secret}}/revoke", revoke),
)
