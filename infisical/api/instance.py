"""The server itself: whether it answers, whether it was set up, and setting it up."""

from __future__ import annotations

from dataclasses import dataclass

from infisical.api.http.call import Call
from infisical.api.http.server import Server
from infisical.api.http.session import Login


@dataclass(frozen=True)
class Organization:
    id: str
    name: str
    slug: str


async def check_answers(server: Server) -> None:
    """
    Ask for the server's status.

    :raises InfisicalError: it does not answer, or not as Infisical does
    """
    answer = await server.send(Call(what="say that it is ready", method="GET", path="/api/status"))
    answer.string("message")


async def is_initialized(server: Server) -> bool:
    """Whether the server has an administrator already."""
    call = Call(what="say whether it was set up", method="GET", path="/api/v1/admin/config")
    return (await server.send(call)).within("config").boolean("initialized")


async def bootstrap(server: Server, login: Login) -> Organization:
    """
    Make the administrator and the organization. Never send this twice: two at once both succeed.

    The token that the server gives is left unused, since many releases refuse it from the start.
    """
    call = Call(
        what=f"set up the administrator {login.email} and the organization {login.organization!r}",
        method="POST",
        path="/api/v1/admin/bootstrap",
        body={"email": login.email, "password": login.password, "organization": login.organization},
        secrets=(login.password,),
    )
    made = (await server.send(call)).within("organization")
    return Organization(made.string("id"), made.string("name"), made.string("slug"))
