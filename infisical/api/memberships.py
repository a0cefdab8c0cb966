"""What a machine identity may do in a project: its roles, and its additional privileges."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from infisical.api.errors import NotFound, Refused, RouteMissing
from infisical.api.http.call import Body, Call, Method, path
from infisical.api.http.generations import first_known
from infisical.api.http.session import Session

NO_ACCESS = "no-access"
VIEWER = "viewer"

_PRIVILEGES = "/api/v2/identity-project-additional-privilege"
_GENERATIONS = (
    "/api/v1/projects/{}/memberships/identities",
    "/api/v1/projects/{}/identity-memberships",
    "/api/v2/workspace/{}/identity-memberships",
)


@dataclass(frozen=True)
class Member:
    """A machine identity of a project, and its roles there."""

    id: str
    name: str
    roles: tuple[str, ...]


async def list_members(session: Session, project_id: str) -> list[Member]:
    """The machine identities of the project, by name."""
    what = f"list the machine identities of the project {project_id}"
    calls = [Call(what=what, method="GET", path=path(root, project_id)) for root in _GENERATIONS]
    answer = await first_known(session, "list memberships", calls)
    found = [
        Member(
            entry.within("identity").string("id"),
            str(entry.within("identity").body.get("name") or ""),
            tuple(role.body.get("customRoleSlug") or role.string("role") for role in entry.each("roles")),
        )
        for entry in answer.each("identityMemberships")
    ]
    return sorted(found, key=lambda each: (each.name, each.id))


async def roles_of(session: Session, project_id: str, identity_id: str) -> tuple[str, ...] | None:
    """The identity's roles in the project, or None if it is not a member."""
    members = await list_members(session, project_id)
    return next((each.roles for each in members if each.id == identity_id), None)


async def add_member(session: Session, project_id: str, identity_id: str, role: str) -> None:
    what = f"add the identity {identity_id} to the project {project_id}"
    await first_known(session, "memberships", _calls(what, "POST", project_id, identity_id, {"role": role}))


async def set_role(session: Session, project_id: str, identity_id: str, role: str) -> None:
    """Replace all roles of the member with `role`."""
    what = f"change the role of the identity {identity_id} in the project {project_id}"
    body = {"roles": [{"role": role}]}
    await first_known(session, "memberships", _calls(what, "PATCH", project_id, identity_id, body))


async def remove_member(session: Session, project_id: str, identity_id: str) -> None:
    """Remove a membership with all its privileges; it may be gone already, or its project."""
    what = f"remove the identity {identity_id} from the project {project_id}"
    try:
        await first_known(session, "memberships", _calls(what, "DELETE", project_id, identity_id, None))
    except NotFound:
        return
    except Refused as error:
        # The answer for a membership that is gone.
        if error.status != 400 or await roles_of(session, project_id, identity_id) is not None:
            raise


async def list_privileges(session: Session, project_id: str, identity_id: str) -> dict[str, str] | None:
    """The IDs of its additional privileges in the project, by slug; None if the server cannot list them."""
    call = Call(
        what=f"list the privileges of the identity {identity_id} in the project {project_id}",
        method="GET",
        path=_PRIVILEGES,
        query={"identityId": identity_id, "projectId": project_id},
    )
    try:
        answer = await session.send(call)
    except RouteMissing:
        return None
    return {entry.string("slug"): entry.string("id") for entry in answer.each("privileges")}


async def add_reading_privilege(
    session: Session, project_id: str, identity_id: str, slug: str, environment: str, paths: Sequence[str]
) -> None:
    """Allow reading the secrets below `paths` of one environment, and nothing else."""
    call = Call(
        what=f"allow the identity {identity_id} to read {environment} of the project {project_id}",
        method="POST",
        path=_PRIVILEGES,
        body={
            "identityId": identity_id,
            "projectId": project_id,
            "slug": slug,
            "type": {"isTemporary": False},
            "permissions": [
                {
                    "subject": "secrets",
                    "action": ["describeSecret", "readValue"],
                    "conditions": {"environment": {"$eq": environment}, "secretPath": condition},
                }
                for location in paths
                for condition in _at_and_below(location)
            ],
        },
    )
    await session.send(call)


async def remove_privilege(session: Session, privilege_id: str) -> None:
    """Remove a privilege; it may be gone already."""
    call = Call(
        what=f"remove the privilege {privilege_id}",
        method="DELETE",
        path=path(_PRIVILEGES + "/{}", privilege_id),
        repeatable=True,
    )
    try:
        await session.send(call)
    except NotFound:
        return


def _at_and_below(location: str) -> list[dict[str, str]]:
    # Infisical does not document whether `/apps/**` also matches /apps.
    return [{"$glob": "/**"}] if location == "/" else [{"$eq": location}, {"$glob": f"{location}/**"}]


def _calls(what: str, method: Method, project_id: str, identity_id: str, body: Body | None) -> list[Call]:
    return [
        Call(
            what=what,
            method=method,
            path=path(root + "/{}", project_id, identity_id),
            body=body,
            repeatable=method in ("PATCH", "DELETE"),
        )
        for root in _GENERATIONS
    ]
