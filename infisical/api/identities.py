"""Machine identities of the organization."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from infisical.api.errors import NotFound, RouteMissing
from infisical.api.http.answer import Answer
from infisical.api.http.call import Call, path
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session

MADE_BY_BOOTSTRAP: Final = ("Instance Admin Identity",)
"""Identities that every server creates by itself."""

MARK: Final = "created-by"
"""The key of the metadata that names an identity's creator."""


@dataclass(frozen=True)
class Identity:
    """`role` is the one in the organization."""

    id: str
    name: str
    role: str
    auth_methods: tuple[str, ...] = ()


@dataclass(frozen=True)
class Membership:
    """An identity's place in a project: the project's id and name, and its roles there."""

    project_id: str
    project: str
    roles: tuple[str, ...]


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
    found = [_identity(entry) for entry in answer.each("identities")]
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
            return _identity(entry)
    return None


async def mark_of(session: Session, identity_id: str) -> str:
    """The mark that `create_identity` left; empty if something else created the identity."""
    call = Call(what=f"read the identity {identity_id}", method="GET", path=path("/api/v1/identities/{}", identity_id))
    try:
        identity = (await session.send(call)).within("identity")
    except NotFound:
        return ""
    if not identity.body.get("metadata"):
        return ""
    marks = (entry.string("value") for entry in identity.each("metadata") if entry.string("key") == MARK)
    return next(marks, "")


async def memberships_of(session: Session, identity_id: str) -> list[Membership] | None:
    """Its projects, by name; None if the server cannot list them."""
    call = Call(
        what=f"list the projects of the identity {identity_id}",
        method="GET",
        path=path("/api/v1/identities/{}/identity-memberships", identity_id),
    )
    try:
        answer = await session.send(call)
    except RouteMissing:
        return None
    found = [
        Membership(
            entry.within("project").string("id"),
            entry.within("project").string("name"),
            tuple(role.body.get("customRoleSlug") or role.string("role") for role in entry.each("roles")),
        )
        for entry in answer.each("identityMemberships")
    ]
    return sorted(found, key=lambda each: (each.project, each.project_id))


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


async def create_identity(session: Session, name: str, mark: str = "") -> Identity:
    """
    Create an identity without any permission in the organization.

    :param mark: kept in its metadata, so that its creator recognizes it
    """
    metadata = {"metadata": [{"key": MARK, "value": mark}]} if mark else {}
    call = Call(
        what=f"create the identity {name!r}",
        method="POST",
        path="/api/v1/identities",
        body={"name": name, "organizationId": await session.organization_id(), "role": "no-access", **metadata},
    )
    made = (await session.send(call)).within("identity")
    return Identity(made.string("id"), made.string("name"), "no-access")


async def set_organization_role(session: Session, identity_id: str, role: str) -> None:
    call = Call(
        what=f"change the organization role of the identity {identity_id} to {role}",
        method="PATCH",
        path=path("/api/v1/identities/{}", identity_id),
        body={"role": role},
        repeatable=True,
    )
    await session.send(call)


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


def _identity(entry: Answer) -> Identity:
    within = entry.within("identity")
    methods = within.body.get("authMethods")
    return Identity(
        entry.string("identityId"),
        within.string("name"),
        entry.string("role"),
        tuple(map(str, methods)) if isinstance(methods, list) else (),
    )
