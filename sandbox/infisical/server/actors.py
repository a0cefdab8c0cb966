"""Who makes a request: the user or identity of the bearer token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.infisical.access.tokens import MALFORMED
from sandbox.infisical.errors import token_error, unauthorized
from sandbox.infisical.server.state import ServerState
from sandbox.infisical.storage.clock import seconds_of
from sandbox.infisical.storage.database import Row

USER_TOKEN, IDENTITY_TOKEN = "accessToken", "identityAccessToken"
ADMIN = "admin"


@dataclass(frozen=True)
class Actor:
    """
    :param org_id: the token's organization; None for a user who has not selected one
    :param org_role: in that organization
    """

    kind: Literal["user", "identity"]
    id: str
    org_id: str | None
    org_role: str


def actor_of(state: ServerState, authorization: str | None) -> Actor:
    """
    The actor of the token in the Authorization header.

    :raises ApiError: the token is missing or no longer valid
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise unauthorized("Token missing")
    claims = state.tokens.read(token.strip())
    if claims.get("authTokenType") == USER_TOKEN:
        return _user(state, claims)
    identity_token = live_token(state, claims)
    identity = state.database.one("SELECT * FROM identities WHERE id = ?", identity_token["identity_id"])
    assert identity is not None, "a token is deleted with its identity"
    return Actor("identity", identity["id"], identity["org_id"], identity["role"])


def live_token(state: ServerState, claims: dict[str, Any]) -> Row:
    """
    The identity's access token with these claims.

    :raises ApiError: the token is not an identity's, was revoked, or has expired
    """
    if claims.get("authTokenType") != IDENTITY_TOKEN:
        raise token_error(MALFORMED)
    token = state.database.one("SELECT * FROM access_tokens WHERE id = ?", claims.get("identityAccessTokenId"))
    if token is None or token["revoked"]:
        raise unauthorized("Failed to authorize: token has been revoked")
    if token["client_secret_id"]:
        secret = state.database.one("SELECT revoked FROM client_secrets WHERE id = ?", token["client_secret_id"])
        if secret is None or secret["revoked"]:
            raise unauthorized("Failed to authorize: client secret has been revoked")
    max_age = state.settings.bootstrap_token_max_age
    # Only the bootstrap token never expires.
    if "exp" not in claims and max_age is not None:
        age = state.clock.now() - seconds_of(token["created"])
        if age >= max_age:
            raise unauthorized("Identity access token exceeded max age, please re-authenticate")
    return token


def _user(state: ServerState, claims: dict[str, Any]) -> Actor:
    user = state.database.one("SELECT * FROM users WHERE id = ?", claims.get("userId"))
    if user is None or user["session_id"] != claims.get("tokenVersionId"):
        raise unauthorized("Token missing")
    organization = claims.get("organizationId")
    # The only user is the one of the bootstrap.
    return Actor("user", user["id"], organization, ADMIN if organization else "")
