"""Tests the access of a machine identity, with temporary credentials."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from infisical.api.errors import Blocked, NotFound, Refused, Unauthenticated
from infisical.api.folders import Location
from infisical.api.secrets import list_secrets
from infisical.api.universal_auth import (
    create_client_secret,
    list_client_secrets,
    log_in,
    revoke_client_secret,
    revoke_token,
)
from infisical.handlers.base.handler import Operation

CACHE_SECONDS: Final = 10.0
"""How long a server caches permissions."""

TIMEOUT_SECONDS: Final = 45.0
POLL_SECONDS: Final = 1.0
SECRET_TTL_SECONDS: Final = 120


def digest(text: str, length: int = 12) -> str:
    """A short name for a longer text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


async def revoke_leftovers(operation: Operation, identity_id: str) -> bool:
    """Revoke what interrupted tests of this resource left behind; whether there was anything."""
    description = _description(operation)
    found = [
        secret.id
        for secret in await list_client_secrets(operation.session, identity_id)
        if secret.description == description
    ]
    for secret_id in found:
        await revoke_client_secret(operation.session, identity_id, secret_id)
    return bool(found)


async def wait_until_readable(
    operation: Operation, identity_id: str, client_id: str, locations: Sequence[Location], longest: float
) -> None:
    """
    Return when the identity can list the secrets of every location.

    :param longest: the time limit for each location, in seconds
    :raises Blocked: it cannot after the time limit, with the server's last reason
    """
    description = _description(operation)
    temporary = await create_client_secret(operation.session, identity_id, description, uses=1, ttl=SECRET_TTL_SECONDS)
    try:
        token = await log_in(operation.session, client_id, temporary.value)
    except Unauthenticated as error:
        await operation.warn(
            f"The access of identity {identity_id} was not tested from this machine ({error.reason}): `trustedIps` may "
            f"exclude it. Continuing after {CACHE_SECONDS:.0f} s."
        )
        await operation.session.server.clock.sleep(CACHE_SECONDS)
    else:
        for location in locations:
            await _wait(operation, identity_id, token, location, longest)
        await revoke_token(operation.session, token)
    finally:
        await revoke_client_secret(operation.session, identity_id, temporary.id)


def _description(operation: Operation) -> str:
    return f"pulumi-trial {digest(operation.urn)}"


async def _wait(operation: Operation, identity_id: str, token: str, location: Location, longest: float) -> None:
    """
    Return when the identity sees what the administrator sees: a list omits what the identity may not read.

    A missing location needs no waiting: the server checks the permission first.
    """
    clock = operation.session.server.clock
    began = clock.now()
    while True:
        reason = ""
        try:
            # In this order, because the same update creates secrets in the meantime.
            existing = set(await list_secrets(operation.session, location))
            if existing <= set(await list_secrets(operation.session, location, token)):
                return
        except NotFound:
            return
        except Refused as error:
            if error.status != 403:
                raise
            reason = f" ({error.reason.rstrip('.')})"
        waited = clock.now() - began
        if waited >= longest:
            message = (
                f"Identity {identity_id} cannot read {location} {waited:.0f} s after it got access{reason}. Check its "
                "access to the project in Infisical, then run the command again. If the server only needs longer, "
                "raise `accessSeconds` in homelab:infisical.operator."
            )
            raise Blocked(message)
        await operation.status(f"waiting until the identity can read {location}: {waited:.0f} s")
        await clock.sleep(POLL_SECONDS)
