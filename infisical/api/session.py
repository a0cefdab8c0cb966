"""One login, shared by all calls of a process."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from dataclasses import dataclass, field
from typing import Final

from infisical.api.answer import Answer
from infisical.api.call import Call
from infisical.api.errors import Blocked, Refused, Unauthenticated, Unreachable
from infisical.api.server import Server, hurried

DOWN_SECONDS: Final = 30.0
"""How long one failure to connect answers all hurried questions."""


@dataclass(frozen=True)
class Login:
    """
    Who speaks: the administrator (`email`, `password`), or whoever the `token` was given to, which goes first.

    `organization` is the organization's name: what bootstrap calls it, and which one to choose among several.
    """

    email: str = ""
    password: str = field(default="", repr=False)
    token: str = field(default="", repr=False)
    organization: str = ""


class LoginRefused(Unauthenticated):
    """The administrator's email and password are not accepted."""


class Session:
    """
    Calls with a token that is asked for once, and once more when the server no longer takes it.

    A login that was refused is not tried again by this process: the server counts bad ones.
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
        return await (self._send_if_up(call) if hurried() else self._send(call))

    async def organization_id(self) -> str:
        """The organization that the login works in."""
        await self._ensure_token()
        assert self._organization_id
        return self._organization_id

    def works_in(self, organization_id: str) -> None:
        """Choose the organization of the coming login, for whoever knows it already."""
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
        if hurried() and self._down and self.server.clock.now() - self._down[0] < DOWN_SECONDS:
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
                    # Others waited for the same login: each of them trying in vain again would take for ever.
                    raise self._failed
                try:
                    await (self._use_given_token() if self.login.token else self._log_in())
                except Unreachable as error:
                    self._failed = error
                    raise
            assert self._token
            return self._token

    async def _use_given_token(self) -> None:
        token = self.login.token
        self._organization_id = _organization_of(token) or await self._organization_of_identity(token)
        self._token = token

    async def _organization_of_identity(self, token: str) -> str:
        call = Call(what="tell whose the given token is", method="GET", path="/api/v1/identities/details")
        answer = await self.server.send(call, token)
        return answer.within("identityDetails").within("organization").text("id")

    async def _log_in(self) -> None:
        if not (self.login.email and self.login.password):
            raise Blocked(
                "the infisical provider has no login: give it `email` and `password` of the administrator, or a `token`"
            )
        call = Call(
            what=f"log in {self.login.email}",
            method="POST",
            path="/api/v3/auth/login",
            body={"email": self.login.email, "password": self.login.password},
            repeatable=True,
            secrets=(self.login.password,),
        )
        try:
            first = (await self.server.send(call)).text("accessToken")
        except Refused as error:
            if error.status not in (400, 401, 403):
                raise
            self._refused = LoginRefused(str(error), status=error.status, error=error.error, reason=error.reason)
            raise self._refused from error
        organization_id = self._organization_id or await self._find_organization(first)
        select = Call(
            what=f"log in {self.login.email} to the organization {organization_id}",
            method="POST",
            path="/api/v3/auth/select-organization",
            body={"organizationId": organization_id},
            repeatable=True,
        )
        answer = await self.server.send(select, first)
        if answer.flag("isMfaEnabled", default=False):
            message = (
                f"{self.login.email} logs in with a second factor, which a program cannot give. Turn it off for this "
                "account, or give the provider the `token` of a machine identity instead."
            )
            raise Blocked(message)
        self._organization_id = organization_id
        self._token = answer.text("token")

    async def _find_organization(self, token: str) -> str:
        call = Call(what=f"list the organizations of {self.login.email}", method="GET", path="/api/v1/organization")
        answer = await self.server.send(call, token)
        found = [(entry.text("name"), entry.text("id")) for entry in answer.each("organizations")]
        fitting = [entry for entry in found if entry[0] == self.login.organization] if len(found) > 1 else found
        if len(fitting) != 1:
            names = ", ".join(sorted(repr(name) for name, _ in found)) or "none"
            message = (
                f"{self.login.email} belongs to these organizations at {self.server.url}: {names}; "
                f"the provider's `organization` is {self.login.organization!r}. It must name exactly one of them."
            )
            raise Blocked(message)
        return fitting[0][1]


def _organization_of(token: str) -> str | None:
    """The organization that a token's own claims name; bootstrap's name none."""
    try:
        payload = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        found = claims.get("organizationId") or claims.get("orgId")
    except (IndexError, ValueError, AttributeError, binascii.Error):
        return None
    return found if isinstance(found, str) else None
