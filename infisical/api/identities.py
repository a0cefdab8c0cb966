"""Machine identities of the organization."""

from __future__ import annotations

from dataclasses import dataclass

from infisical.api.call import Call, path
from infisical.api.errors import NotFound
from infisical.api.generations import first_known
from infisical.api.session import Session


@dataclass(frozen=True)
class Identity:
    """`role` is the one in the organization."""

    id: str
    name: str
    role: str


async def find_identities(session: Session, name: str) -> list[Identity]:
    """Every identity of this name: names are not unique."""
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
        Identity(entry.text("identityId"), entry.within("identity").text("name"), entry.text("role"))
        for entry in answer.each("identities")
    ]
    return [identity for identity in found if identity.name == name]


async def find_identity_by_id(session: Session, identity_id: str) -> Identity | None:
    call = Call(
        what=f"look up the identity with the id {identity_id}",
        method="GET",
        path="/api/v1/identities",
        query={"orgId": await session.organization_id()},
    )
    for entry in (await session.send(call)).each("identities"):
        if entry.text("identityId") == identity_id:
            return Identity(identity_id, entry.within("identity").text("name"), entry.text("role"))
    return None


async def create_identity(session: Session, name: str) -> Identity:
    """Make an identity that may do nothing in the organization."""
    call = Call(
        what=f"create the identity {name!r}",
        method="POST",
        path="/api/v1/identities",
        body={"name": name, "organizationId": await session.organization_id(), "role": "no-access"},
    )
    made = (await session.send(call)).within("identity")
    return Identity(made.text("id"), made.text("name"), "no-access")


async def delete_identity(session: Session, identity_id: str) -> None:
    """Delete an identity with its credentials; one that is gone already is fine."""
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
