"""ClientSecret: one credential of a machine identity, replaced without a gap."""

from __future__ import annotations

import base64
import binascii

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
from infisical.handlers.access_check import digest
from infisical.handlers.base import triggers
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.properties import Properties


def _secret_path(text: str) -> str | None:
    namespace, slash, name = text.partition("/")
    return None if namespace and slash and name and "/" not in name else "<namespace>/<name of a Secret>"


def _decoded(text: object) -> str:
    try:
        return base64.b64decode(str(text or "")).decode(errors="replace")
    except binascii.Error:
        return ""


class ClientSecret(Handler):
    name = "ClientSecret"
    doc = (
        "A client secret of a machine identity. A new `trigger` replaces it: a new one is created and tested by a "
        "login, its dependents are updated, and only then the old one is revoked. A client secret that was revoked by "
        "hand is replaced, and so is one that is not the one in the Secret of `deliveredTo`."
    )
    fields = (
        Field(name="identityId", type="string", required=True, change=Change.REPLACE, doc="the identity's id"),
        Field(
            name="trigger",
            type="string",
            change=Change.REPLACE,
            differs=triggers.fired,
            sticky=True,
            doc="any string; a new one creates a new client secret",
        ),
        Field(
            name="proveLogin",
            type="boolean",
            default=True,
            change=Change.NOTHING,
            doc="whether to test it by a login; turn it off if trustedIps excludes this machine",
        ),
        Field(
            name="deliveredTo",
            type="string",
            change=Change.NOTHING,
            rule=_secret_path,
            doc="the Secret with the keys clientId and clientSecret that the operator logs in with, as namespace/name",
        ),
    )
    outputs = {  # noqa: RUF012
        "clientId": "the client ID to log in with",
        "clientSecret": "the client secret; unknown after an import, until the next rotation",
        "clientSecretId": "its ID, which is not secret",
        "createdOn": "the date of its creation, YYYY-MM-DD",
    }
    secret_outputs = frozenset({"clientSecret"})
    replaced_when_lost = True

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        if state:
            return Applied(state.string("clientSecretId"), {name: state.get(name) for name in self.outputs})
        identity_id = inputs.string("identityId")
        auth = await get_universal_auth(operation.session, identity_id)
        if auth is None:
            message = f"Identity {identity_id} has no universal auth. Declare it with `infisical.Identity`."
            raise Blocked(message)
        # The description identifies the resource and the trigger. A client secret that already has it was created
        # by a run that ended before its state was written, so its value is unknown.
        description = f"pulumi {digest(operation.urn)} {digest(inputs.string('trigger'), 8)}"
        leftovers = [
            secret.id
            for secret in await list_client_secrets(operation.session, identity_id)
            if secret.description == description
        ]
        made = await create_client_secret(operation.session, identity_id, description)
        if inputs.boolean("proveLogin", default=True):
            await self._test_login(operation, identity_id, auth.client_id, made)
        else:
            # Bad logins with an earlier client secret may have locked the identity.
            await clear_lockouts(operation.session, identity_id)
        for leftover in leftovers:
            await revoke_client_secret(operation.session, identity_id, leftover)
        return Applied(made.id, {"clientSecret": made.value, **_outputs(auth.client_id, made)})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        identity_id, secret_id = state.string("identityId"), resource_id
        if not identity_id:
            identity_id, _, secret_id = resource_id.partition("/")
        try:
            auth = await get_universal_auth(operation.session, identity_id)
            known = await list_client_secrets(operation.session, identity_id) if auth else []
        except NotFound:
            return None
        found = next((secret for secret in known if secret.id == secret_id), None)
        if auth is None or found is None:
            return None
        outputs = _outputs(auth.client_id, found)
        if state.string("clientSecret"):
            outputs["clientSecret"] = state.string("clientSecret")
        return Found(secret_id, outputs, {"proveLogin": True, **inputs, "identityId": identity_id})

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        try:
            known = await list_client_secrets(operation.session, state.string("identityId"))
        except NotFound:
            return "clientSecretId"
        if resource_id not in [secret.id for secret in known]:
            return "clientSecretId"
        return "clientSecret" if await self._differs_in_the_cluster(operation, state) else None

    async def _differs_in_the_cluster(self, operation: Operation, state: Properties) -> bool:
        """
        Whether the operator's Secret has other credentials.

        The engine compares a Secret with its state only, so that an update would keep what somebody wrote there. A
        new client secret makes the engine write the Secret.
        """
        namespace, _, name = state.string("deliveredTo").partition("/")
        if not name or not state.string("clientSecret"):
            return False
        found = await operation.cluster.connection.get(f"/api/v1/namespaces/{namespace}/secrets/{name}")
        if found is None:
            return False
        held = found.get("data") or {}
        return any(_decoded(held.get(key)) != state.string(key) for key in ("clientId", "clientSecret"))

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        await revoke_client_secret(operation.session, state.string("identityId"), resource_id)

    async def _test_login(
        self, operation: Operation, identity_id: str, client_id: str, made: ServerClientSecret
    ) -> None:
        try:
            token = await self._log_in(operation, identity_id, client_id, made)
        except Unauthenticated as error:
            await revoke_client_secret(operation.session, identity_id, made.id)
            message = (
                f"A new client secret of identity {identity_id} cannot log in from this machine ({error.reason}). It "
                "was revoked; the previous one stays valid. Add this machine to the identity's `trusted_ips`, or set "
                "`prove_login=False` if they exclude it on purpose. Then run `pulumi up`."
            )
            raise Blocked(message) from error
        await revoke_token(operation.session, token)

    async def _log_in(self, operation: Operation, identity_id: str, client_id: str, made: ServerClientSecret) -> str:
        try:
            return await log_in(operation.session, client_id, made.value)
        except Unauthenticated as error:
            if "locked" not in error.reason:
                raise
        # Earlier bad logins have locked the identity; this client secret is new and valid.
        await clear_lockouts(operation.session, identity_id)
        return await log_in(operation.session, client_id, made.value)


def _outputs(client_id: str, secret: ServerClientSecret) -> dict[str, str]:
    return {"clientId": client_id, "clientSecretId": secret.id, "createdOn": secret.created}
