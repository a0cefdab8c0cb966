"""The access tokens of identities: how they are issued, and their claims."""

from __future__ import annotations

from sandbox.infisical.server.actors import IDENTITY_TOKEN
from sandbox.infisical.server.routing import Call, Json
from sandbox.infisical.storage.clock import seconds_of
from sandbox.infisical.storage.database import Row, new_id

LONGEST_SECONDS = 7_776_000


def issue(
    call: Call,
    identity: Row,
    method: str,
    *,
    ttl: int,
    max_ttl: int,
    client_secret_id: str = "",
    name: str | None = None,
) -> tuple[str, Row]:
    """
    A new token and its row.

    :param ttl: in seconds; 0, or more than 90 days, is 90 days
    """
    stamp = call.stamp()
    row = {"id": new_id(), "identity_id": identity["id"], "client_secret_id": client_secret_id or None}
    now = call.state.clock.now()
    terms = {"auth_method": method, "name": name, "ttl": ttl, "max_ttl": max_ttl, "expires": now + life(ttl)}
    # Its own expiry claim refuses an expired token.
    call.database.run("DELETE FROM access_tokens WHERE expires < ?", now)
    call.database.insert("access_tokens", row | terms | {"created": stamp, "updated": stamp})
    made = call.database.one("SELECT * FROM access_tokens WHERE id = ?", row["id"])
    assert made is not None, "it was just inserted"
    return sign(call, identity, made), made


def sign(call: Call, identity: Row, token: Row) -> str:
    """A JWT for the token, valid for its time to live from now on."""
    org_id = identity["org_id"]
    claims: Json = {
        "identityId": identity["id"],
        "identityName": identity["name"],
        "authMethod": token["auth_method"],
        "orgId": org_id,
        "rootOrgId": org_id,
        "parentOrgId": org_id,
        "clientSecretId": token["client_secret_id"] or "",
        "identityAccessTokenId": token["id"],
        "ipRestrictionEnabled": True,
        "accessTokenTTL": token["ttl"],
        "accessTokenMaxTTL": token["max_ttl"],
        "accessTokenPeriod": 0,
        "creationEpoch": int(seconds_of(token["created"])),
        "authTokenType": IDENTITY_TOKEN,
        "identityAuth": {},
        "jti": token["id"],
    }
    return call.state.tokens.sign(claims, life(token["ttl"]))


def life(ttl: int) -> int:
    """How long a token with this time to live is valid."""
    return min(ttl, LONGEST_SECONDS) or LONGEST_SECONDS
