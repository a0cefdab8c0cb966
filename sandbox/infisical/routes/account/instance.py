"""The server itself: its status, its configuration, and its one bootstrap."""

from __future__ import annotations

import re

from sandbox.infisical.access.hashing import hashed
from sandbox.infisical.errors import bad_request
from sandbox.infisical.records.places import with_suffix
from sandbox.infisical.records.projects import add_member, add_project
from sandbox.infisical.server.actors import ADMIN, IDENTITY_TOKEN
from sandbox.infisical.server.routing import Call, Json, Route, RouteAccess
from sandbox.infisical.storage.database import new_id

LONGEST_TOKEN_SECONDS = 7_776_000
CERTIFICATES = "Certificate Manager"
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")


def status(call: Call) -> Json:
    return {
        "date": call.stamp(),
        "message": "Ok",
        "emailConfigured": False,
        "inviteOnlySignup": True,
        "redisConfigured": True,
        "secretScanningConfigured": False,
        "auditLogStorageDisabled": False,
        "maxIdentityAccessTokenTTL": LONGEST_TOKEN_SECONDS,
    }


def configuration(call: Call) -> Json:
    config = {
        "id": "00000000-0000-0000-0000-000000000000",
        "initialized": _initialized(call),
        "allowSignUp": True,
        "allowedSignUpDomain": None,
        "defaultAuthOrgId": None,
        "enabledLoginMethods": None,
        "authConsentContent": None,
        "pageFrameContent": None,
        "isPublicSecretSharingDisabled": False,
        "licenseServerV2Enabled": False,
        "isCrossProjectSecretSharingEnabled": False,
        "defaultAuthOrgSlug": None,
        "defaultAuthOrgAuthEnforced": None,
        "defaultAuthOrgAuthMethod": None,
    }
    return {"config": config}


def bootstrap(call: Call) -> Json:
    """The admin user, the organization, and an identity with a token that never expires."""
    fields = call.fields()
    email, password, name = fields.text("email").lower(), fields.text("password"), fields.text("organization")
    if fields.value("password") == "":
        size = {"code": "too_small", "minimum": 1, "type": "string", "inclusive": True, "exact": False}
        fields.issue("String must contain at least 1 character(s)", "password", **size)
    if isinstance(fields.value("email"), str) and not _EMAIL.fullmatch(email):
        fields.issue("Invalid email", "email", code="invalid_string", validation="email")
    fields.check()
    if _initialized(call):
        raise bad_request("Instance has already been set up")
    stamp, database = call.stamp(), call.database
    organization = {"id": new_id(), "name": name, "slug": with_suffix(name), "created": stamp, "updated": stamp}
    database.insert("organizations", organization)
    user = {"id": new_id(), "org_id": organization["id"], "email": email, "session_id": new_id(), "created": stamp}
    digest = hashed(password, call.state.settings.bcrypt_rounds)
    database.insert("users", user | {"password_hash": digest})
    identity, token = _admin_identity(call, organization["id"], stamp)
    certificates = add_project(
        database, organization["id"], CERTIFICATES, with_suffix("cert-manager"), stamp, kind="cert-manager"
    )
    add_member(database, certificates["id"], "user", user["id"], [ADMIN], stamp)
    return {
        "message": "Successfully bootstrapped instance",
        "user": {
            "username": email,
            "firstName": "Admin",
            "lastName": "User",
            "email": email,
            "id": user["id"],
            "superAdmin": True,
        },
        "organization": {key: organization[key] for key in ("id", "name", "slug")},
        "identity": {"id": identity, "name": "Instance Admin Identity", "credentials": {"token": token}},
    }


def _initialized(call: Call) -> bool:
    return call.database.one("SELECT id FROM organizations") is not None


def _admin_identity(call: Call, org_id: str, stamp: str) -> tuple[str, str]:
    """The ID of the identity, and its token."""
    identity, token, times = new_id(), new_id(), {"created": stamp, "updated": stamp}
    row = {"id": identity, "org_id": org_id, "name": "Instance Admin Identity", "role": ADMIN, "metadata": "[]"}
    flags = {"membership_id": new_id(), "delete_protection": 0, "token_auth": 1}
    call.database.insert("identities", row | flags | times)
    access = {"id": token, "identity_id": identity, "auth_method": "token-auth", "name": "Instance Admin Token"}
    call.database.insert("access_tokens", access | {"ttl": 0, "max_ttl": 0, "sub_organization_id": org_id} | times)
    claims = {"identityId": identity, "identityAccessTokenId": token, "authTokenType": IDENTITY_TOKEN}
    return identity, call.state.tokens.sign(claims, None)


ROUTES = (
    Route("GET", "/api/status", status, RouteAccess.ANYONE),
    Route("GET", "/api/v1/admin/config", configuration, RouteAccess.ANYONE),
    Route("POST", "/api/v1/admin/bootstrap", bootstrap, RouteAccess.ANYONE),
)
