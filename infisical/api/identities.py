"""Machine identities of the organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infisical.api.errors import NotFound
from infisical.api.http.call import Call, path
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session

MADE_BY_BOOTSTRAP: Final = ("Instance Admin Identity",)
"""Identities that every server creates by itself."""


@dataclass(frozen=True)
class Identity:
    """`role` is the one in the organization."""

    id: str
    name: str
    role: str


async def find_identities(session: Session, name: str) -> list[Identity]:
    """All identities with this name: names are not unique."""
    what = f"look up the identity {name!r}"
    organization_id = await session.organization_id()
    calls = [
        Call(
            what=what,
            method="POST",
            path="/api/v1/identities/search",
            body={"search": {"name": {"$eq": name}}},
            repeatable=True,
        ),
        Call(what=what, method="GET", path="/api/v1/identities", query={"orgId": organization_id}),
    ]
    answer = await first_known(session, "find identities", calls)
    found = [
        Identity(entry.string("identityId"), entry.within("identity").string("name"), entry.string("role"))
        for entry in answer.each("identities")
    ]
    return [identity for identity in found if identity.name == name]


async def find_identity_by_id(session: Session, identity_id: str) -> Identity | None:
    call = Call(
        what=f"look up the identity with the ID {identity_id}",
        method="GET",
        path="/api/v1/identities",
        query={"orgId": await session.organization_id()},
    )
    for entry in (await session.send(call)).each("identities"):
        if entry.string("identityId") == identity_id:
            return Identity(identity_id, entry.within("identity").string("name"), entry.string("role"))
    return None


async def list_identities(session: Session) -> list[str]:
    """The names of the organization's machine identities, without those that a server creates by itself."""
    call = Call(
        what="list the identities",
        method="GET",
        path="/api/v1/identities",
        query={"orgId": await session.organization_id()},
    )
    names = [entry.within("identity").string("name") for entry in (await session.send(call)).each("identities")]
    return sorted(name for name in names if name not in MADE_BY_BOOTSTRAP)


async def create_identity(session: Session, name: str) -> Identity:
    """Create an identity without any permission in the organization."""
    call = Call(
        what=f"create the identity {name!r}",
        method="POST",
        path="/api/v1/identities",
        body={"name": name, "organizationId": await session.organization_id(), "role": "no-access"},
    )
    made = (await session.send(call)).within("identity")
    return Identity(made.string("id"), made.string("name"), "no-access")


async def delete_identity(session: Session, identity_id: str) -> None:
    """Delete an identity with its credentials; it may be gone already."""
    call = Call(
        what=f"delete the identity {identity_id}",
        method="DELETE",
        path=path("/api/v1/identities/{}", identity_id),
        repeatable=True,
    )
    try:
        await session.send(call)
    except NotFound:
        return
