"""Instance: a server that answers, has its administrator and organization, and takes the provider's login."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import Blocked, InfisicalError, Refused, Unreachable
from infisical.api.instance import bootstrap, check_answers, is_initialized
from infisical.api.server import in_a_hurry
from infisical.api.session import LoginRefused
from infisical.handlers.fields import Change, Field
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.properties import Properties

FIRST_TIMEOUT_SECONDS: Final = 600.0
"""A first start pulls images and migrates an empty database."""

POLL_SECONDS: Final = 2.0
UNSURE_SECONDS: Final = 20.0


class Instance(Kind):
    name = "Instance"
    doc = (
        "An Infisical server that is set up. Waits until it answers, makes the administrator and organization of the "
        "provider's configuration exactly once, or adopts a server that was set up before if the login fits. Deleting "
        "it deletes nothing on the server."
    )
    fields = (
        Field(
            name="timeoutSeconds",
            type="number",
            default=FIRST_TIMEOUT_SECONDS,
            change=Change.NOTHING,
            doc="how long to wait for the server's first answer",
        ),
    )
    outputs = {  # noqa: RUF012
        "url": "the server's address",
        "organizationId": "the organization's id",
        "adminEmail": "who administers it; empty where a token is used",
    }

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        await self._wait(task, inputs.number("timeoutSeconds", FIRST_TIMEOUT_SECONDS))
        server = task.session.server
        if not await is_initialized(server):
            await self._bootstrap(task)
        return Made(*await self._described(task))

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if not await is_initialized(task.session.server):
            return None
        made, outputs = await self._described(task)
        return Found(made, outputs, dict(inputs) or {"timeoutSeconds": FIRST_TIMEOUT_SECONDS})

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        return None if await is_initialized(task.session.server) else "organizationId"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        await task.info(
            f"Infisical at {task.session.server.url} keeps its administrator, organization and secrets: only the stack "
            "forgets it. To remove the data, delete the server's database."
        )

    async def _wait(self, task: Task, longest: float) -> None:
        server = task.session.server
        began = server.clock.now()
        while True:
            try:
                with in_a_hurry():
                    await check_answers(server)
            except (Unreachable, Refused) as error:
                if isinstance(error, Refused) and error.status < 500 and error.status != 404:
                    raise
                waited = server.clock.now() - began
                if waited >= longest:
                    message = (
                        f"Infisical at {server.url} gave no answer within {longest:.0f} s. {error} If it is only slow, "
                        "raise `timeoutSeconds` of the Instance."
                    )
                    raise Blocked(message) from error
                await task.status(f"waiting for Infisical at {server.url}: {waited:.0f} s of at most {longest:.0f} s")
                await server.clock.sleep(POLL_SECONDS)
            else:
                return

    async def _bootstrap(self, task: Task) -> None:
        session, login = task.session, task.session.login
        server = session.server
        if not (login.email and login.password and login.organization):
            message = (
                f"Infisical at {server.url} was never set up, and the provider lacks what that needs: give it `email`, "
                "`password` and `organization`."
            )
            raise Blocked(message)
        await task.status(f"setting up Infisical at {server.url}")
        try:
            made = await bootstrap(server, login)
        except Unreachable as error:
            if error.executed:
                await self._settle(task, error)
        except Refused as error:
            # Somebody was faster; whether it was an earlier run of this program, the login will tell.
            if not error.exists_already:
                raise
        else:
            session.works_in(made.id)
            return
        if not await is_initialized(server):
            message = f"Infisical at {server.url} was not set up: the connection failed before. Run the command again."
            raise Blocked(message)

    async def _settle(self, task: Task, cause: Unreachable) -> None:
        """Wait for a bootstrap whose answer was lost: sending a second one meanwhile could succeed, too."""
        clock = task.session.server.clock
        began = clock.now()
        while not await is_initialized(task.session.server):
            if clock.now() - began >= UNSURE_SECONDS:
                message = f"{cause} It was not sent again, since two of these calls at once both succeed."
                raise Blocked(message) from cause
            await clock.sleep(POLL_SECONDS)

    async def _described(self, task: Task) -> tuple[str, dict[str, str]]:
        session = task.session
        try:
            organization_id = await session.organization_id()
        except LoginRefused as error:
            raise _foreign(session.server.url, session.login.email, error) from error
        email = "" if session.login.token else session.login.email
        outputs = {"url": session.server.url, "organizationId": organization_id, "adminEmail": email}
        return session.login.organization or organization_id, outputs


def _foreign(url: str, email: str, error: LoginRefused) -> InfisicalError:
    return Blocked(
        f"Infisical at {url} was set up before, by somebody else: it refuses the login of {email} ({error.reason}). "
        "Nothing was changed. If it is yours, give the provider its administrator's `email` and `password`, or the "
        "`token` of an identity that administers the organization (`pulumi config set --secret …`), and run the "
        "command again; if it is not, correct the provider's `url`."
    )
