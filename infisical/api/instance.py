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
    Request the server's status.

    :raises InfisicalError: it does not answer, or it is not Infisical
    """
    answer = await server.send(Call(what="report its status", method="GET", path="/api/status"))
    answer.string("message")


async def is_initialized(server: Server) -> bool:
    """Whether the server has an administrator."""
    call = Call(what="report whether it is set up", method="GET", path="/api/v1/admin/config")
    return (await server.send(call)).within("config").boolean("initialized")


async def bootstrap(server: Server, login: Login) -> Organization:
    """
    Create the administrator and the organization. Never send this twice: two concurrent calls can both succeed.

    The token in the answer is not used, because many releases refuse it at once.
    """
    call = Call(
        what=f"create the administrator {login.email} and the organization {login.organization!r}",
        method="POST",
        path="/api/v1/admin/bootstrap",
        body={"email": login.email, "password": login.password, "organization": login.organization},
        secrets=(login.password,),
    )
    made = (await server.send(call)).within("organization")
    return Organization(made.string("id"), made.string("name"), made.string("slug"))
