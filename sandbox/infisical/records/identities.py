"""Identities as they are stored and shown."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sandbox.infisical.errors import not_found
from sandbox.infisical.server.routing import Call, Json
from sandbox.infisical.storage.database import Row, new_id

UNIVERSAL_AUTH, TOKEN_AUTH = "universal-auth", "token-auth"


def identity_by_id(call: Call, identity_id: str) -> Row:
    """
    :raises ApiError: the actor's organization has no such identity
    """
    row = call.database.one("SELECT * FROM identities WHERE org_id = ? AND id = ?", call.org_id, identity_id)
    if row is None:
        message = f"Failed to find identity with ID {identity_id}"
        raise not_found(message)
    return row


def add_identity(
    call: Call,
    name: str,
    role: str,
    *,
    project_id: str | None = None,
    metadata: Sequence[Json] = (),
    protected: bool = False,
) -> Row:
    stamp = call.stamp()
    kept = [{"id": new_id(), "key": each["key"], "value": each["value"]} for each in metadata]
    row = {"id": new_id(), "org_id": call.org_id, "project_id": project_id, "name": name, "role": role}
    further = {"membership_id": new_id(), "metadata": json.dumps(kept), "delete_protection": protected}
    return call.database.insert("identities", row | further | {"created": stamp, "updated": stamp})


def auth_methods(call: Call, identity_id: str) -> list[str]:
    universal = call.database.one("SELECT id FROM universal_auths WHERE identity_id = ?", identity_id)
    token = call.database.one("SELECT id FROM identities WHERE id = ? AND token_auth = 1", identity_id)
    return [UNIVERSAL_AUTH] * (universal is not None) + [TOKEN_AUTH] * (token is not None)


def locked_methods(call: Call, identity_id: str) -> list[str]:
    """The auth methods that are locked after failed logins."""
    locked = call.database.one(
        "SELECT locked FROM lockouts JOIN universal_auths USING (client_id) "
        "WHERE identity_id = ? AND locked = 1 AND expires > ?",
        identity_id,
        call.state.clock.now(),
    )
    return [UNIVERSAL_AUTH] if locked else []


def identity_json(call: Call, identity: Row) -> Json:
    return {
        "id": identity["id"],
        "name": identity["name"],
        "createdAt": identity["created"],
        "updatedAt": identity["updated"],
        "hasDeleteProtection": bool(identity["delete_protection"]),
        "orgId": identity["org_id"],
        "projectId": identity["project_id"],
        "authMethods": auth_methods(call, identity["id"]),
        "metadata": json.loads(identity["metadata"]),
    }


def membership_json(call: Call, identity: Row) -> Json:
    """The identity's membership of the organization."""
    return {
        "id": identity["membership_id"],
        "role": identity["role"],
        "roleId": None,
        "orgId": identity["org_id"],
        "createdAt": identity["created"],
        "updatedAt": identity["updated"],
        "identityId": identity["id"],
        "lastLoginAuthMethod": identity["last_login_method"],
        "lastLoginTime": identity["last_login_time"],
        "identity": {
            "name": identity["name"],
            "id": identity["id"],
            "hasDeleteProtection": bool(identity["delete_protection"]),
            "authMethods": auth_methods(call, identity["id"]),
        },
    }
