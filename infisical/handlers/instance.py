"""Instance: a server that answers, has an administrator and an organization, and accepts the provider's login."""

from __future__ import annotations

from typing import Final

from infisical.api.errors import Blocked, InfisicalError, LoginRefused, Refused, Unreachable
from infisical.api.http.server import brief_calls
from infisical.api.http.session import Login
from infisical.api.instance import bootstrap, check_answers, is_initialized
from infisical.argocd import application_report
from infisical.handlers.base.fields import Change, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.properties import Properties

FIRST_TIMEOUT_SECONDS: Final = 600.0
"""The first start pulls images and migrates an empty database."""

POLL_SECONDS: Final = 1.0
UNSURE_SECONDS: Final = 20.0


def _application(text: str) -> str | None:
    namespace, slash, name = text.partition("/")
    return None if namespace and slash and name and "/" not in name else "the Application's namespace/name"


class Instance(Handler):
    name = "Instance"
    doc = (
        "An Infisical server that is set up. Waits until it answers, and creates the administrator and organization of "
        "the provider's configuration once; or adopts a server that accepts the provider's login. Deleting it deletes "
        "nothing on the server."
    )
    fields = (
        Field(
            name="timeoutSeconds",
            type="number",
            default=FIRST_TIMEOUT_SECONDS,
            change=Change.NOTHING,
            doc="how long to wait for the server's first answer",
        ),
        Field(
            name="application",
            type="string",
            change=Change.NOTHING,
            rule=_application,
            doc="the Argo CD Application that installs the server, namespace/name; its status is shown during the wait",
        ),
    )
    outputs = {  # noqa: RUF012
        "url": "the server's address",
        "organizationId": "the organization's id",
        "adminEmail": "the administrator; empty if the provider logs in as an identity",
    }

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        longest = inputs.number("timeoutSeconds", FIRST_TIMEOUT_SECONDS)
        await self._wait(operation, longest, inputs.string("application"))
        server = operation.session.server
        if not await is_initialized(server):
            await self._bootstrap(operation)
        return Applied(*await self._described(operation))

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if not await is_initialized(operation.session.server):
            return None
        made, outputs = await self._described(operation)
        return Found(made, outputs, dict(inputs) or {"timeoutSeconds": FIRST_TIMEOUT_SECONDS})

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        if not await is_initialized(operation.session.server):
            return "organizationId"
        if resource_id == operation.session.login.organization:
            operation.session.use_organization(state.string("organizationId"))
        return None

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        await operation.info(
            f"Infisical at {operation.session.server.url} keeps its administrator, organization and secrets; only the "
            "resource is removed from the stack. To delete the data, delete the server's database."
        )

    async def _wait(self, operation: Operation, longest: float, application: str) -> None:
        server = operation.session.server
        began = server.clock.now()
        while True:
            try:
                with brief_calls():
                    await check_answers(server)
            except (Unreachable, Refused) as error:
                if isinstance(error, Refused) and error.status < 500 and error.status != 404:
                    raise
                waited = server.clock.now() - began
                report = await application_report(operation.cluster, application) if application else []
                if waited >= longest:
                    raise Blocked(_late(server.url, longest, error, application, report)) from error
                progress = f"waiting for Infisical at {server.url}: {waited:.0f} s of at most {longest:.0f} s"
                await operation.status(
                    "; ".join([progress, *([f"Argo CD: {report[0]}"] if report else []), *report[1:]])
                )
                await server.clock.sleep(POLL_SECONDS)
            else:
                return

    async def _bootstrap(self, operation: Operation) -> None:
        session, login = operation.session, operation.session.login
        server = session.server
        if login.token or login.client_id:
            message = (
                f"Infisical at {server.url} has no administrator yet, and {login.shown} cannot create one. Open "
                f"{server.url} in a browser and create the administrator, or set `adminEmail` in `homelab:infisical` "
                "and `homelab:infisicalAdminPassword` instead. Then run `pulumi up`."
            )
            raise Blocked(message)
        if not (login.email and login.password and login.organization):
            message = (
                f"Cannot set up Infisical at {server.url}: the provider needs `email`, `password` and `organization`. "
                "Set them, then run `pulumi up`."
            )
            raise Blocked(message)
        await operation.status(f"setting up Infisical at {server.url}")
        try:
            made = await bootstrap(server, login)
        except Unreachable as error:
            if error.executed:
                await self._settle(operation, error)
        except Refused as error:
            # Another program was faster. The login shows whether it was an earlier run of this program.
            if not error.exists_already:
                raise
        else:
            session.use_organization(made.id)
            return
        if not await is_initialized(server):
            message = f"Infisical at {server.url} was not set up: the connection failed. Run the command again."
            raise Blocked(message)

    async def _settle(self, operation: Operation, cause: Unreachable) -> None:
        """Wait for a bootstrap whose answer was lost: a second one at the same time could also succeed."""
        clock = operation.session.server.clock
        began = clock.now()
        while not await is_initialized(operation.session.server):
            if clock.now() - began >= UNSURE_SECONDS:
                message = f"{cause} It was not sent again, because two of these calls can both succeed."
                raise Blocked(message) from cause
            await clock.sleep(POLL_SECONDS)

    async def _described(self, operation: Operation) -> tuple[str, dict[str, str]]:
        session = operation.session
        try:
            organization_id = await session.organization_id()
        except LoginRefused as error:
            raise _refused(session.server.url, session.login, error) from error
        email = "" if session.login.token or session.login.client_id else session.login.email
        outputs = {"url": session.server.url, "organizationId": organization_id, "adminEmail": email}
        return session.login.organization or organization_id, outputs


def _late(url: str, longest: float, error: InfisicalError, application: str, report: list[str]) -> str:
    lines = [f"Infisical at {url} did not answer within {longest:.0f} s. {error}"]
    if report:
        lines += [f"Argo CD reports about the Application {application}:", *(f"  - {line}" for line in report)]
        lines += [f"To see more, run `kubectl describe application.argoproj.io {_arguments(application)}`."]
    if application:
        fix = "Fix what Argo CD reports; if Infisical is only slow, raise `homelab:infisical.startSeconds`."
    else:
        fix = "If it is only slow, raise `timeoutSeconds` of the Instance."
    return "\n".join([*lines, f"{fix} Then run `pulumi up`."])


def _arguments(application: str) -> str:
    namespace, _, name = application.partition("/")
    return f"{name} -n {namespace}"


def _refused(url: str, login: Login, error: LoginRefused) -> InfisicalError:
    return Blocked(
        f"Infisical at {url} is already set up, and refuses the login of {login.shown} ({error.reason}). Nothing was "
        "changed. If it is yours, set the provider's `email` and `password` to its administrator's, or `token` to one "
        "of an identity that administers the organization (`pulumi config set --secret …`). Otherwise fix the "
        "provider's `url`. Then run `pulumi up`."
    )
