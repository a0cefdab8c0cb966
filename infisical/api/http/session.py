"""One login, shared by all calls of a process."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Any, Final

from infisical.api.errors import Blocked, LoginRefused, Refused, Unauthenticated, Unreachable
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call
from infisical.api.http.server import Server, is_brief

DOWN_SECONDS: Final = 60.0
"""How long brief calls repeat the last connection failure instead of trying again, until an update's call succeeds."""


@dataclass(frozen=True)
class Login:
    """
    The administrator's `email` and `password`, the `client_id` and `client_secret` of a machine identity, or a `token`.
    A token takes precedence over an identity, and that over the administrator.

    `organization` is a name: bootstrap creates it, and a login chooses it among several. `identity_from` says where
    client ID and client secret come from, for messages.
    """

    email: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    organization: str = ""
    client_id: str = field(default="", repr=False)
    client_secret: str = field(default="", repr=False)
    identity_from: tuple[str, str] = ("homelab:infisicalAdminClientId", "homelab:infisicalAdminClientSecret")

    @property
    def shown(self) -> str:
        """Who logs in, for messages."""
        if self.token:
            return "the provider's `token`"
        return f"the machine identity of `{self.identity_from[0]}`" if self.client_id else self.email


class Session:
    """
    Sends calls with a token that it requests once, and once more if the server no longer accepts it.

    A refused login is not tried again by this process, because the server counts bad logins.
    """

    def __init__(self, server: Server, login: Login) -> None:
        self.server = server
        self.login = login
        self.generations: dict[str, int] = {}
        """By noun, which of the API's generations this server speaks; 0 is the newest."""
        self._lock = asyncio.Lock()
        self._token: str | None = None
        self._organization_id: str | None = None
        self._refused: LoginRefused | None = None
        self._down: tuple[float, Unreachable] | None = None
        self._failed: Unreachable | None = None

    async def send(self, call: Call) -> Answer:
        """
        Send a call as the login's owner.

        :raises InfisicalError: as `Server.send`, or because of the login
        """
        if is_brief():
            return await self._send_if_up(call)
        answer = await self._send(call)
        self._down = None
        return answer

    async def organization_id(self) -> str:
        """The organization that the login works in."""
        await self._ensure_token()
        assert self._organization_id
        return self._organization_id

    @property
    def login_identity_id(self) -> str:
        """The machine identity that is logged in; empty for any other login."""
        token = self.login.token or (self._token if self.login.client_id else "") or ""
        found = _claims_of(token).get("identityId")
        return found if isinstance(found, str) else ""

    def use_organization(self, organization_id: str) -> None:
        """
        Choose the organization of the next login, if it is known already.

        A login that the server refuses there looks for its organization.
        """
        if self._token is None:
            self._organization_id = organization_id

    async def _send_if_up(self, call: Call) -> Answer:
        self._raise_if_down()
        try:
            return await self._send(call)
        except Unreachable as error:
            self._down = (self.server.clock.now(), error)
            raise

    def _raise_if_down(self) -> None:
        if is_brief() and self._down and self.server.clock.now() - self._down[0] < DOWN_SECONDS:
            raise self._down[1]

    async def _send(self, call: Call) -> Answer:
        token = await self._ensure_token()
        try:
            return await self.server.send(call, token)
        except Unauthenticated:
            if self.login.token:
                raise
            await self._forget(token)
        return await self.server.send(call, await self._ensure_token())

    async def _forget(self, token: str) -> None:
        async with self._lock:
            if self._token == token:
                self._token = None

    async def _ensure_token(self) -> str:
        earlier = self._failed
        async with self._lock:
            if self._token is None:
                self._raise_if_down()
                if self._refused:
                    raise self._refused
                if self._failed is not None and self._failed is not earlier:
                    # Several calls waited for this login; if each tried again, the failures would add up.
                    raise self._failed
                try:
                    await self._log_in()
                except Unreachable as error:
                    self._failed = error
                    raise
            assert self._token
            return self._token

    async def _use_given_token(self) -> None:
        await self._use_token(self.login.token)

    async def _use_token(self, token: str) -> None:
        self._organization_id = _organization_of(token) or await self._organization_of_identity(token)
        self._token = token

    async def _organization_of_identity(self, token: str) -> str:
        call = Call(what=f"look up the identity of {self.login.shown}", method="GET", path="/api/v1/identities/details")
        answer = await self.server.send(call, token)
        return answer.within("identityDetails").within("organization").string("id")

    async def _log_in(self) -> None:
        if self.login.token:
            await self._use_given_token()
        elif self.login.client_id and self.login.client_secret:
            await self._log_in_as_identity()
        else:
            await self._log_in_as_administrator()

    async def _log_in_as_identity(self) -> None:
        call = Call(
            what=f"log in as {self.login.shown}",
            method="POST",
            path="/api/v1/auth/universal-auth/login",
            body={"clientId": self.login.client_id, "clientSecret": self.login.client_secret},
            repeatable=True,
            secrets=(self.login.client_secret,),
        )
        fix = "Check `{}` and `{}`".format(*self.login.identity_from)
        await self._use_token((await self._first_answer(call, fix)).string("accessToken"))

    async def _log_in_as_administrator(self) -> None:
        if not (self.login.email and self.login.password):
            raise Blocked(
                "The infisical provider has no login. Set the administrator's `email` and `password`, `clientId` and "
                "`clientSecret` of a machine identity, or `token`, then run the command again."
            )
        call = Call(
            what=f"log in as {self.login.email}",
            method="POST",
            path="/api/v3/auth/login",
            body={"email": self.login.email, "password": self.login.password},
            repeatable=True,
            secrets=(self.login.password,),
        )
        answer = await self._first_answer(call, "Check the provider's `email` and `password`")
        first = answer.string("accessToken")
        try:
            organization_id, answer = await self._select_organization(self._organization_id, first)
        except Refused as error:
            if not self._organization_id or error.status not in (400, 401, 403, 404):
                raise
            organization_id, answer = await self._select_organization(None, first)
        if answer.boolean("isMfaEnabled", default=False):
            message = (
                f"{self.login.email} logs in with a second factor, which a program cannot provide. Turn it off for "
                "this account, or set the provider's `token` to one of a machine identity. Then run the command again."
            )
            raise Blocked(message)
        self._organization_id = organization_id
        self._token = answer.string("token")

    async def _first_answer(self, call: Call, fix: str) -> Answer:
        """
        The answer to a login.

        :raises LoginRefused: the server does not accept it
        """
        try:
            return await self.server.send(call)
        except Refused as error:
            if error.status not in (400, 401, 403):
                raise
            message = (
                f"Infisical cannot {call.what} (POST {call.path} at {self.server.url}): {error.status} {error.error}: "
                f"{error.reason.rstrip('.')}. {fix}, then run the command again."
            )
            self._refused = LoginRefused(message, status=error.status, error=error.error, reason=error.reason)
            raise self._refused from error

    async def _select_organization(self, known: str | None, token: str) -> tuple[str, Answer]:
        organization_id = known or await self._find_organization(token)
        select = Call(
            what=f"log in as {self.login.email} to the organization {organization_id}",
            method="POST",
            path="/api/v3/auth/select-organization",
            body={"organizationId": organization_id},
            repeatable=True,
        )
        return organization_id, await self.server.send(select, token)

    async def _find_organization(self, token: str) -> str:
        call = Call(what=f"list the organizations of {self.login.email}", method="GET", path="/api/v1/organization")
        answer = await self.server.send(call, token)
        found = [(entry.string("name"), entry.string("id")) for entry in answer.each("organizations")]
        fitting = [entry for entry in found if entry[0] == self.login.organization] if len(found) > 1 else found
        if len(fitting) != 1:
            names = ", ".join(sorted(repr(name) for name, _ in found)) or "none"
            message = (
                f"The provider's `organization` is {self.login.organization!r}, but {self.login.email} has these "
                f"organizations at {self.server.url}: {names}. Set `organization` to one of them, then run the command "
                "again."
            )
            raise Blocked(message)
        return fitting[0][1]


def _organization_of(token: str) -> str | None:
    """The organization in a token's claims; the bootstrap token has none."""
    claims = _claims_of(token)
    found = claims.get("organizationId") or claims.get("orgId")
    return found if isinstance(found, str) else None


def _claims_of(token: str) -> dict[str, Any]:
    """What a token says about itself; empty if it is not a JWT."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, binascii.Error):
        return {}
    return claims if isinstance(claims, dict) else {}
