"""Logging in with universal auth, renewing and revoking access tokens."""

from __future__ import annotations

import ipaddress
import json

from sandbox.infisical.access.hashing import matches
from sandbox.infisical.errors import forbidden, unauthorized
from sandbox.infisical.records import identity_tokens
from sandbox.infisical.records.identities import UNIVERSAL_AUTH
from sandbox.infisical.routes.identities.client_secrets import PREFIX_LENGTH
from sandbox.infisical.server.actors import live_token
from sandbox.infisical.server.routing import Call, Json, Route, RouteAccess
from sandbox.infisical.storage.clock import seconds_of
from sandbox.infisical.storage.database import Row

INVALID = "Invalid credentials"
ELSEWHERE = "You are not allowed to access this resource from the current IP address"
LOCKED = "This identity auth method is temporarily locked, please try again later"


def login(call: Call) -> Json:
    """Log in. Too many wrong client secrets lock the client ID for a while, for valid ones too."""
    fields = call.fields()
    client_id, client_secret = fields.text("clientId"), fields.text("clientSecret")
    fields.check()
    universal_auth = call.database.one("SELECT * FROM universal_auths WHERE client_id = ?", client_id)
    if universal_auth is None:
        raise unauthorized(INVALID)
    configuration = json.loads(universal_auth["configuration"])
    if not any(_is_in(call.address, network) for network in configuration["clientSecretTrustedIps"]):
        raise forbidden(ELSEWHERE, "ForbiddenError")
    lockout = _lockout(call, client_id)
    if lockout and lockout["locked"]:
        raise unauthorized(LOCKED)
    secret = _matching(call, universal_auth["id"], client_secret)
    if secret is None:
        _count_failure(call, client_id, configuration, lockout)
        raise unauthorized(INVALID, keep=True)
    call.database.run("DELETE FROM lockouts WHERE client_id = ?", client_id)
    _check_usable(call, secret)
    return _logged_in(call, universal_auth, configuration, secret)


def renew(call: Call) -> Json:
    token, identity = _token(call)
    if token["max_ttl"]:
        age = call.state.clock.now() - seconds_of(token["created"])
        if age + identity_tokens.life(token["ttl"]) > token["max_ttl"]:
            raise unauthorized("Failed to renew MI access token due to Max TTL expiration")
    expires = call.state.clock.now() + identity_tokens.life(token["ttl"])
    changes = {"last_renewed": call.stamp(), "updated": call.stamp(), "expires": expires}
    call.database.update("access_tokens", token["id"], changes)
    return _answer(identity_tokens.sign(call, identity, token), token)


def revoke(call: Call) -> Json:
    token, _ = _token(call)
    call.database.update("access_tokens", token["id"], {"revoked": 1, "updated": call.stamp()})
    return {"message": "Successfully revoked access token"}


def _token(call: Call) -> tuple[Row, Row]:
    """The token in the request's body, and its identity."""
    fields = call.fields()
    access_token = fields.text("accessToken")
    fields.check()
    token = live_token(call.state, call.state.tokens.read(access_token))
    identity = call.database.one("SELECT * FROM identities WHERE id = ?", token["identity_id"])
    assert identity is not None, "a token is deleted with its identity"
    return token, identity


def _is_in(address: str, network: Json) -> bool:
    """:param network: an entry of a list of trusted addresses; one without a prefix is an address"""
    within = f"{network['ipAddress']}/{network['prefix']}" if "prefix" in network else network["ipAddress"]
    return ipaddress.ip_address(address) in ipaddress.ip_network(within, strict=False)


def _lockout(call: Call, client_id: str) -> Row | None:
    now = call.state.clock.now()
    return call.database.one("SELECT * FROM lockouts WHERE client_id = ? AND expires > ?", client_id, now)


def _matching(call: Call, ua_id: str, client_secret: str) -> Row | None:
    rows = call.database.rows(
        "SELECT * FROM client_secrets WHERE ua_id = ? AND revoked = 0 AND prefix = ?",
        ua_id,
        client_secret[:PREFIX_LENGTH],
    )
    return next((row for row in rows if matches(client_secret, row["hash"])), None)


def _count_failure(call: Call, client_id: str, configuration: Json, lockout: Row | None) -> None:
    if not configuration["lockoutEnabled"]:
        return
    failed = (lockout["failed"] if lockout else 0) + 1
    locked = failed >= configuration["lockoutThreshold"]
    seconds = configuration["lockoutDurationSeconds" if locked else "lockoutCounterResetSeconds"]
    expires = call.state.clock.now() + seconds
    call.database.run("DELETE FROM lockouts WHERE client_id = ?", client_id)
    row = {"client_id": client_id, "failed": failed, "locked": locked, "expires": expires}
    call.database.insert("lockouts", row)


def _check_usable(call: Call, secret: Row) -> None:
    """An expired client secret is revoked at the first attempt to use it."""
    over = secret["ttl"] and call.state.clock.now() > seconds_of(secret["created"]) + secret["ttl"]
    used_up = secret["num_uses_limit"] and secret["num_uses"] >= secret["num_uses_limit"]
    if over or used_up:
        call.database.update("client_secrets", secret["id"], {"revoked": 1, "updated": call.stamp()})
        why = "expired client secret" if over else "client secret usage limit reached"
        message = f"Access denied due to {why}"
        raise unauthorized(message, keep=True)


def _logged_in(call: Call, universal_auth: Row, configuration: Json, secret: Row) -> Json:
    identity = call.database.one("SELECT * FROM identities WHERE id = ?", universal_auth["identity_id"])
    assert identity is not None, "universal auth is deleted with its identity"
    call.database.run("UPDATE client_secrets SET num_uses = num_uses + 1 WHERE id = ?", secret["id"])
    seen = {"last_login_method": UNIVERSAL_AUTH, "last_login_time": call.stamp()}
    call.database.update("identities", identity["id"], seen)
    ttl, max_ttl = configuration["accessTokenTTL"], configuration["accessTokenMaxTTL"]
    access_token, token = identity_tokens.issue(
        call, identity, UNIVERSAL_AUTH, ttl=ttl, max_ttl=max_ttl, client_secret_id=secret["id"]
    )
    return _answer(access_token, token)


def _answer(access_token: str, token: Row) -> Json:
    return {
        "accessToken": access_token,
        "expiresIn": identity_tokens.life(token["ttl"]),
        "accessTokenMaxTTL": token["max_ttl"],
        "tokenType": "Bearer",
    }


ROUTES = (
    Route("POST", "/api/v1/auth/universal-auth/login", login, RouteAccess.ANYONE),
    Route("POST", "/api/v1/auth/token/renew", renew, RouteAccess.ANYONE),
    Route("POST", "/api/v1/auth/token/revoke", revoke, RouteAccess.ANYONE),
)
