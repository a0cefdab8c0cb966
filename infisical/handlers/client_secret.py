"""ClientSecret: one credential of a machine identity, renewed without a moment in which none is valid."""

from __future__ import annotations

from infisical.api.errors import Blocked, NotFound, Unauthenticated
from infisical.api.universal_auth import (
    ClientSecret as ServerClientSecret,
)
from infisical.api.universal_auth import (
    clear_lockouts,
    create_client_secret,
    get_universal_auth,
    list_client_secrets,
    log_in,
    revoke_client_secret,
    revoke_token,
)
from infisical.handlers import marker
from infisical.handlers.fields import Change, Field
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.properties import Properties
from infisical.handlers.trial import digest


class ClientSecret(Kind):
    name = "ClientSecret"
    doc = (
        "A client secret of a machine identity. Another `trigger` replaces it: a new one is made and proven to log "
        "in, whatever depends on it is updated, and only then the old one is revoked. Revoked by hand, it is replaced."
    )
    fields = (
        Field(name="identityId", type="text", required=True, change=Change.REPLACE, doc="the identity's id"),
        Field(
            name="trigger",
            type="text",
            change=Change.REPLACE,
            differs=marker.moved,
            stays=True,
            doc="any text; another one makes a new client secret",
        ),
        Field(
            name="proveLogin",
            type="flag",
            default=True,
            change=Change.NOTHING,
            doc="whether to log in with it once; turn it off where trustedIps leaves this machine out",
        ),
    )
    outputs = {  # noqa: RUF012
        "clientId": "what belongs to it to log in",
        "clientSecret": "the client secret; not known of an imported one, until its next rotation",
        "clientSecretId": "its id, which is no secret",
    }
    secret_outputs = frozenset({"clientSecret"})
    renewed_when_lost = True

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        if state:
            return Made(state.text("clientSecretId"), {name: state.get(name) for name in self.outputs})
        identity_id = inputs.text("identityId")
        auth = await get_universal_auth(task.session, identity_id)
        if auth is None:
            message = f"the identity {identity_id} has no universal auth: declare it with `infisical.Identity`"
            raise Blocked(message)
        # The description carries which resource and which marker it is for. One that is there already was made by
        # a run that ended before its state was written, so that nobody knows its value.
        description = f"pulumi {digest(task.urn)} {digest(inputs.text('trigger'), 8)}"
        leftovers = [
            secret.id
            for secret in await list_client_secrets(task.session, identity_id)
            if secret.description == description
        ]
        made = await create_client_secret(task.session, identity_id, description)
        if inputs.flag("proveLogin", default=True):
            await self._prove(task, identity_id, auth.client_id, made)
        else:
            # Whoever uses it first must not find the lock that bad logins with an earlier one have brought.
            await clear_lockouts(task.session, identity_id)
        for leftover in leftovers:
            await revoke_client_secret(task.session, identity_id, leftover)
        outputs = {"clientId": auth.client_id, "clientSecret": made.value, "clientSecretId": made.id}
        return Made(made.id, outputs)

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        identity_id, secret_id = state.text("identityId"), resource_id
        if not identity_id:
            identity_id, _, secret_id = resource_id.partition("/")
        try:
            auth = await get_universal_auth(task.session, identity_id)
            known = await list_client_secrets(task.session, identity_id) if auth else []
        except NotFound:
            return None
        if auth is None or secret_id not in [secret.id for secret in known]:
            return None
        outputs = {"clientId": auth.client_id, "clientSecretId": secret_id}
        if state.text("clientSecret"):
            outputs["clientSecret"] = state.text("clientSecret")
        return Found(secret_id, outputs, {"proveLogin": True, **inputs, "identityId": identity_id})

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        try:
            known = await list_client_secrets(task.session, state.text("identityId"))
        except NotFound:
            return "clientSecretId"
        return None if resource_id in [secret.id for secret in known] else "clientSecretId"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        await revoke_client_secret(task.session, state.text("identityId"), resource_id)

    async def _prove(self, task: Task, identity_id: str, client_id: str, made: ServerClientSecret) -> None:
        try:
            token = await self._log_in(task, identity_id, client_id, made)
        except Unauthenticated as error:
            await revoke_client_secret(task.session, identity_id, made.id)
            message = (
                f"a new client secret of the identity {identity_id} does not log in from this machine "
                f"({error.reason}), so it was revoked again; an earlier one stays valid. Look at the identity's "
                "`trusted_ips`, or set `prove_login=False` where they leave this machine out on purpose."
            )
            raise Blocked(message) from error
        await revoke_token(task.session, token)

    async def _log_in(self, task: Task, identity_id: str, client_id: str, made: ServerClientSecret) -> str:
        try:
            return await log_in(task.session, client_id, made.value)
        except Unauthenticated as error:
            if "locked" not in error.reason:
                raise
        # Locked by somebody's bad logins before this one, whose secret is new and right.
        await clear_lockouts(task.session, identity_id)
        return await log_in(task.session, client_id, made.value)
