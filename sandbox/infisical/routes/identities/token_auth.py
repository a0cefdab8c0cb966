"""Token auth: access tokens that an administrator creates for an identity, without a login."""

from __future__ import annotations

from sandbox.infisical.errors import bad_request, not_found
from sandbox.infisical.records import identity_tokens
from sandbox.infisical.records.identities import TOKEN_AUTH, identity_by_id
from sandbox.infisical.records.identity_tokens import LONGEST_SECONDS
from sandbox.infisical.server.routing import Call, Json, Route
from sandbox.infisical.storage.database import Row

SUBJECT = "identity"


def attach(call: Call) -> Json:
    call.require_org_admin("create", SUBJECT)
    identity = identity_by_id(call, call.parameters["identity"])
    if identity["token_auth"]:
        raise bad_request("Failed to add token auth to already configured identity")
    call.database.update("identities", identity["id"], {"token_auth": 1})
    terms = {"accessTokenTTL": 0, "accessTokenMaxTTL": 0, "accessTokenNumUsesLimit": 0}
    return {"identityTokenAuth": {"identityId": identity["id"], **terms}}


def create_token(call: Call) -> Json:
    fields = call.fields()
    name = fields.optional_text("name")
    fields.check()
    call.require_org_admin("create", SUBJECT)
    identity = _with_token_auth(call)
    access_token, token = identity_tokens.issue(call, identity, TOKEN_AUTH, ttl=0, max_ttl=0, name=name)
    data = _shown(token) | {"accessTokenTTL": LONGEST_SECONDS}
    terms = {"expiresIn": 0, "accessTokenMaxTTL": 0, "tokenType": "Bearer"}
    return {"accessToken": access_token, **terms, "tokenData": data}


def list_tokens(call: Call) -> Json:
    call.require_org_admin("read", SUBJECT)
    identity = _with_token_auth(call)
    rows = call.database.rows(
        "SELECT * FROM access_tokens WHERE identity_id = ? AND auth_method = ? ORDER BY rowid",
        identity["id"],
        TOKEN_AUTH,
    )
    return {"tokens": [_shown(row) for row in rows]}


def revoke_token(call: Call) -> Json:
    call.require_org_admin("delete", SUBJECT)
    token = call.database.one(
        "SELECT * FROM access_tokens WHERE id = ? AND auth_method = ?", call.parameters["token"], TOKEN_AUTH
    )
    if token is None:
        message = f"Token with ID {call.parameters['token']} not found"
        raise not_found(message)
    identity_by_id(call, token["identity_id"])
    call.database.update("access_tokens", token["id"], {"revoked": 1, "updated": call.stamp()})
    return {"message": "Successfully revoked access token"}


def _with_token_auth(call: Call) -> Row:
    identity = identity_by_id(call, call.parameters["identity"])
    if not identity["token_auth"]:
        raise bad_request("The identity does not have Token Auth")
    return identity


def _shown(token: Row) -> Json:
    return {
        "id": token["id"],
        "accessTokenTTL": token["ttl"],
        "accessTokenMaxTTL": token["max_ttl"],
        "accessTokenNumUses": 0,
        "accessTokenNumUsesLimit": 0,
        "accessTokenLastUsedAt": None,
        "accessTokenLastRenewedAt": token["last_renewed"],
        "isAccessTokenRevoked": bool(token["revoked"]),
        "identityUAClientSecretId": token["client_secret_id"],
        "identityId": token["identity_id"],
        "createdAt": token["created"],
        "updatedAt": token["updated"],
        "name": token["name"],
        "authMethod": token["auth_method"],
        "accessTokenPeriod": 0,
        "subOrganizationId": token["sub_organization_id"],
    }


BASE = "/api/v1/auth/token-auth"

ROUTES = (
    Route("POST", f"{BASE}/identities/{{identity}}", attach),
    Route("POST", f"{BASE}/identities/{{identity}}/tokens", create_token),
    Route("GET", f"{BASE}/identities/{{identity}}/tokens", list_tokens),
    Route("POST", f"{BASE}/tokens/{{token}}/revoke", revoke_token),
)
