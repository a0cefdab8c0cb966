"""The admin user's login, and the choice of an organization."""

from __future__ import annotations

from sandbox.infisical.access.hashing import matches
from sandbox.infisical.errors import bad_request, forbidden
from sandbox.infisical.server.actors import USER_TOKEN
from sandbox.infisical.server.routing import Call, Json, Route, RouteAccess

SESSION_SECONDS = 864_000


def login(call: Call) -> Json:
    fields = call.fields()
    email, password = fields.text("email").lower(), fields.text("password")
    fields.check()
    user = call.database.one("SELECT * FROM users WHERE email = ?", email)
    if user is None or not matches(password, user["password_hash"]):
        raise bad_request("Invalid credentials")
    return {"accessToken": _token(call, user["id"], user["session_id"], {})}


def select_organization(call: Call) -> Json:
    fields = call.fields()
    organization = fields.text("organizationId")
    fields.check()
    user = call.database.one("SELECT * FROM users WHERE id = ? AND org_id = ?", call.actor.id, organization)
    if user is None:
        raise forbidden("User does not have access to the organization", "ForbiddenRequest")
    token = _token(call, user["id"], user["session_id"], {"organizationId": organization})
    return {"token": token, "isMfaEnabled": False}


def _token(call: Call, user_id: str, session_id: str, further: Json) -> str:
    claims = {"authMethod": "email", "authTokenType": USER_TOKEN, "userId": user_id, "tokenVersionId": session_id}
    return call.state.tokens.sign({**claims, "accessVersion": 1, **further}, SESSION_SECONDS)


ROUTES = (
    Route("POST", "/api/v3/auth/login", login, RouteAccess.ANYONE),
    Route("POST", "/api/v3/auth/select-organization", select_organization, RouteAccess.USER),
)
