"""How a machine identity logs in: universal auth with a client ID and client secrets."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from infisical.api.errors import NotFound, Refused, Unauthenticated
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call, path
from infisical.api.http.session import Session

ROOT: Final = "/api/v1/auth/universal-auth/identities/{}"


@dataclass(frozen=True)
class TokenRules:
    """
    How long an access token lives, in seconds, and the networks (in CIDR notation) that it may be used from.

    `lockout` says whether bad logins lock the identity for a while.
    """

    ttl: int
    max_ttl: int
    trusted_ips: tuple[str, ...]
    lockout: bool = True


@dataclass(frozen=True)
class UniversalAuth:
    client_id: str
    rules: TokenRules


@dataclass(frozen=True)
class ClientSecret:
    """
    A client secret as the server reports it. Its value is known only right after its creation.

    `created` is the date of its creation, YYYY-MM-DD.
    """

    id: str
    description: str
    created: str
    value: str = field(default="", repr=False)


async def get_universal_auth(session: Session, identity_id: str) -> UniversalAuth | None:
    call = Call(
        what=f"read the universal auth of the identity {identity_id}", method="GET", path=path(ROOT, identity_id)
    )
    try:
        return _universal_auth(await session.send(call))
    except NotFound:
        return None


async def attach_universal_auth(session: Session, identity_id: str, rules: TokenRules) -> UniversalAuth:
    call = Call(
        what=f"attach universal auth to the identity {identity_id}",
        method="POST",
        path=path(ROOT, identity_id),
        body=_rules_body(rules),
    )
    return _universal_auth(await session.send(call))


async def update_universal_auth(session: Session, identity_id: str, rules: TokenRules) -> UniversalAuth:
    call = Call(
        what=f"change the universal auth of the identity {identity_id}",
        method="PATCH",
        path=path(ROOT, identity_id),
        body=_rules_body(rules),
        repeatable=True,
    )
    return _universal_auth(await session.send(call))


async def list_client_secrets(session: Session, identity_id: str) -> list[ClientSecret]:
    """The client secrets that are not revoked."""
    call = Call(
        what=f"list the client secrets of the identity {identity_id}",
        method="GET",
        path=path(ROOT + "/client-secrets", identity_id),
    )
    answer = await session.send(call)
    return [
        _client_secret(entry)
        for entry in answer.each("clientSecretData")
        if not entry.boolean("isClientSecretRevoked", default=False)
    ]


async def create_client_secret(
    session: Session, identity_id: str, description: str, *, uses: int = 0, ttl: int = 0
) -> ClientSecret:
    """Create a client secret; 0 `uses` and a `ttl` of 0 seconds mean no limit."""
    call = Call(
        what=f"create a client secret of the identity {identity_id}",
        method="POST",
        path=path(ROOT + "/client-secrets", identity_id),
        body={"description": description, "numUsesLimit": uses, "ttl": ttl},
    )
    answer = await session.send(call)
    return _client_secret(answer.within("clientSecretData"), answer.string("clientSecret"))


async def revoke_client_secret(session: Session, identity_id: str, secret_id: str) -> None:
    """Revoke a client secret with the tokens of its logins; it may be gone already."""
    call = Call(
        what=f"revoke the client secret {secret_id} of the identity {identity_id}",
        method="POST",
        path=path(ROOT + "/client-secrets/{}/revoke", identity_id, secret_id),
        body={},
        repeatable=True,
    )
    try:
        await session.send(call)
    except NotFound:
        return


async def clear_lockouts(session: Session, identity_id: str) -> None:
    """End the lock that bad logins have put on the identity."""
    call = Call(
        what=f"unlock the identity {identity_id}",
        method="POST",
        path=path(ROOT + "/clear-lockouts", identity_id),
        body={},
        repeatable=True,
    )
    await session.send(call)


async def log_in(session: Session, client_id: str, secret: str) -> str:
    """
    Log in as the identity, and return an access token, which the caller revokes.

    It is tried once: a server counts bad logins, and locks the identity after three.

    :raises Unauthenticated: the credentials are refused, the identity is locked, or does not trust this address
    """
    call = Call(
        what=f"log in with the client ID {client_id}",
        method="POST",
        path="/api/v1/auth/universal-auth/login",
        body={"clientId": client_id, "clientSecret": secret},
        secrets=(secret,),
    )
    try:
        return (await session.server.send(call)).string("accessToken")
    except Refused as error:
        # The answer to an address outside the trusted networks, before the credentials are checked.
        if error.status != 403:
            raise
        raise Unauthenticated(str(error), status=error.status, error=error.error, reason=error.reason) from error


async def revoke_token(session: Session, token: str) -> None:
    """Revoke an access token; it may have expired already."""
    call = Call(
        what="revoke the access token of a test login",
        method="POST",
        path="/api/v1/auth/token/revoke",
        body={"accessToken": token},
        repeatable=True,
        secrets=(token,),
    )
    try:
        await session.server.send(call)
    except Refused as error:
        if error.status not in (401, 403, 404):
            raise


def _client_secret(read: Answer, value: str = "") -> ClientSecret:
    return ClientSecret(read.string("id"), read.string("description"), read.string("createdAt")[:10], value)


def _rules_body(rules: TokenRules) -> dict[str, object]:
    ips = [{"ipAddress": address} for address in rules.trusted_ips]
    return {
        "accessTokenTTL": rules.ttl,
        "accessTokenMaxTTL": rules.max_ttl,
        "accessTokenNumUsesLimit": 0,
        "clientSecretTrustedIps": ips,
        "accessTokenTrustedIps": ips,
        # The server's default is true; a release without lockout has no such field.
        **({} if rules.lockout else {"lockoutEnabled": False}),
    }


def _universal_auth(answer: Answer) -> UniversalAuth:
    read = answer.within("identityUniversalAuth")
    rules = TokenRules(
        ttl=read.number("accessTokenTTL"),
        max_ttl=read.number("accessTokenMaxTTL"),
        trusted_ips=tuple(_network(entry) for entry in read.each("accessTokenTrustedIps")),
        lockout=read.boolean("lockoutEnabled", default=False),
    )
    return UniversalAuth(read.string("clientId"), rules)


def _network(entry: Answer) -> str:
    address = entry.string("ipAddress")
    # The server omits the prefix of a single address.
    return f"{address}/{entry.number('prefix')}" if entry.body.get("prefix") is not None else address
