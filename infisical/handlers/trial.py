"""Trying a machine identity's access, with credentials that end with the trial."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Final

from infisical.api.errors import Blocked, NotFound, Refused, Unauthenticated
from infisical.api.folders import Place
from infisical.api.secrets import list_secrets
from infisical.api.universal_auth import (
    create_client_secret,
    list_client_secrets,
    log_in,
    revoke_client_secret,
    revoke_token,
)
from infisical.handlers.kind import Task

CACHE_SECONDS: Final = 10.0
"""How long a server goes on with the permissions that it looked up before."""

BOUND_SECONDS: Final = 45.0
POLL_SECONDS: Final = 1.0
SECRET_TTL_SECONDS: Final = 120


def digest(text: str, length: int = 12) -> str:
    """A short name for a longer text."""
    return hashlib.sha256(text.encode()).hexdigest()[:length]


async def end_leftover_trials(task: Task, identity_id: str) -> bool:
    """Revoke what earlier trials of this resource left behind when they were cut off; whether there was anything."""
    description = _description(task)
    found = [
        secret.id
        for secret in await list_client_secrets(task.session, identity_id)
        if secret.description == description
    ]
    for secret_id in found:
        await revoke_client_secret(task.session, identity_id, secret_id)
    return bool(found)


async def wait_until_readable(task: Task, identity_id: str, client_id: str, places: Sequence[Place]) -> None:
    """
    Return when the identity can list the secrets of every place.

    :raises Blocked: it cannot within a bound, with the server's last words
    """
    trial = await create_client_secret(task.session, identity_id, _description(task), uses=1, ttl=SECRET_TTL_SECONDS)
    try:
        token = await log_in(task.session, client_id, trial.value)
    except Unauthenticated as error:
        await task.warn(
            f"the access of the identity {identity_id} was not tried from this machine ({error.reason}): the networks "
            f"of `trustedIps` may leave it out. Going on after {CACHE_SECONDS:.0f} s."
        )
        await task.session.server.clock.sleep(CACHE_SECONDS)
    else:
        for place in places:
            await _wait(task, identity_id, token, place)
        await revoke_token(task.session, token)
    finally:
        await revoke_client_secret(task.session, identity_id, trial.id)


def _description(task: Task) -> str:
    return f"pulumi-trial {digest(task.urn)}"


async def _wait(task: Task, identity_id: str, token: str, place: Place) -> None:
    """
    Return when the identity sees what the administrator sees: a list leaves out what may not be read.

    A place that is not there yet needs no waiting for: the permission is looked at first.
    """
    clock = task.session.server.clock
    began = clock.now()
    while True:
        said = ""
        try:
            # In this order: meanwhile the same update makes secrets.
            there = set(await list_secrets(task.session, place))
            if there <= set(await list_secrets(task.session, place, token)):
                return
        except NotFound:
            return
        except Refused as error:
            if error.status != 403:
                raise
            said = f": {error.reason}"
        waited = clock.now() - began
        if waited >= BOUND_SECONDS:
            message = (
                f"the identity {identity_id} cannot read {place} {waited:.0f} s after it was allowed to{said} "
                "Look at its access to the project in Infisical, then run the command again."
            )
            raise Blocked(message)
        await task.status(f"waiting for the identity's access to {place}: {waited:.0f} s")
        await clock.sleep(POLL_SECONDS)
