"""Which existing identity a resource may use: one that this stack created, or an adopted one if the owner says so."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from infisical.api.errors import Blocked
from infisical.api.identities import MADE_BY_BOOTSTRAP, Identity, Membership, find_identities, mark_of, memberships_of
from infisical.api.marks import other_stack
from infisical.api.memberships import NO_ACCESS, list_privileges
from infisical.api.universal_auth import TokenRules, get_universal_auth, list_client_secrets
from infisical.handlers.base.handler import Operation
from infisical.handlers.identity.access import SLUG_PREFIX
from infisical.handlers.identity.login import same_rules
from infisical.properties import Properties, is_known

UNIVERSAL_AUTH = "universal-auth"
WHERE = "`homelab:infisical.operator`"


@dataclass(frozen=True)
class Choice:
    """An existing identity; `own` if this stack created it."""

    identity: Identity
    own: bool


async def choose(operation: Operation, inputs: Properties, known_id: str) -> Choice | None:
    """
    The identity to use, or None if a new one has to be created.

    :param known_id: the identity in the state; empty for a new resource
    :raises Blocked: it may not be used, or several have the name
    """
    name, wanted = inputs.string("name"), inputs.string("identityId")
    found = await find_identities(operation.session, name)
    for identity in found:
        if identity.id == known_id:
            return Choice(identity, own=True)
    for identity in found:
        # An update that was killed has created it, or the state was lost.
        if await mark_of(operation.session, identity.id) == operation.mark:
            return Choice(identity, own=True)
    candidates = [identity for identity in found if identity.id == wanted] or found
    if not candidates:
        return None
    if len(candidates) > 1:
        ids = ", ".join(sorted(identity.id for identity in candidates))
        message = (
            f"{len(candidates)} identities are named {name!r}, with the IDs {ids}. Delete the unused ones, or set "
            "`identity_id` to the one to adopt. Then run `pulumi up`."
        )
        raise Blocked(message)
    (identity,) = candidates
    if identity.name in MADE_BY_BOOTSTRAP or identity.id == operation.session.login_identity_id:
        message = (
            f"Identity {name!r} ({identity.id}) administers the server, so it is not adopted. Write another `name` in "
            f"{WHERE}, then run `pulumi up`."
        )
        raise Blocked(message)
    owner = other_stack(await mark_of(operation.session, identity.id), operation.mark)
    if owner or not inputs.boolean("adopt"):
        raise Blocked(await _refusal(operation, identity, owner))
    return Choice(identity, own=False)


async def _refusal(operation: Operation, identity: Identity, owner: str) -> str:
    members = await memberships_of(operation.session, identity.id)
    methods, secrets = await _methods(operation, identity), await _client_secrets(operation, identity)
    fix = f"Fix: write another `name` in {WHERE}"
    if owner:
        fix += f"; if the stack {owner} no longer exists, delete the identity in Infisical."
    else:
        fix += "; or `adopt: true` there, to take it over with the least privileges."
    return "\n".join(
        [
            f"Identity {identity.name!r} ({identity.id}) exists in Infisical, and this stack did not create it. "
            "Nothing was changed on it, because others may use it:",
            *([f"  - owner: the stack {owner}, whose operator logs in with it"] if owner else []),
            f"  - organization role: {identity.role}",
            f"  - projects: {_projects(members)}",
            f"  - auth methods: {methods}",
            f"  - client secrets: {secrets}",
            f"{fix} Then run `pulumi up`.",
        ]
    )


async def describe_adoption(operation: Operation, identity: Identity, inputs: Properties, rules: TokenRules) -> str:
    """What the adoption changes on an identity, and what it keeps."""
    members = await memberships_of(operation.session, identity.id)
    project_id = inputs.string("projectId") if is_known(inputs.get("projectId")) else ""
    here = next((each for each in members or () if each.project_id == project_id), None)
    changes = []
    if identity.role != NO_ACCESS:
        changes.append(f"organization role: {identity.role} becomes {NO_ACCESS}")
    role = ", ".join(here.roles) if here else "not a member"
    paths = ", ".join(inputs.strings("paths"))
    changes.append(f"role in the project: {role} becomes {NO_ACCESS}, with read access to {paths} and below")
    if here:
        known = await list_privileges(operation.session, project_id, identity.id) or {}
        if removed := sorted(slug for slug in known if not slug.startswith(SLUG_PREFIX)):
            changes.append(f"additional privileges in the project are removed: {', '.join(removed)}")
    login = await get_universal_auth(operation.session, identity.id)
    if login is None:
        changes.append("universal auth is attached")
    elif not same_rules(login.rules, rules):
        changes.append("token lifetimes, trusted networks and lockout of universal auth become the declared ones")
    others = None if members is None else [each for each in members if each is not here]
    methods, secrets = await _methods(operation, identity), await _client_secrets(operation, identity)
    return "\n".join(
        [
            f"Identity {identity.name!r} ({identity.id}) exists in Infisical and is adopted. This changes:",
            *(f"  - {change}" for change in changes),
            "This is kept, because others may use it. Remove it in Infisical if nobody does:",
            f"  - other projects, which the operator's login can then use too: {_projects(others)}",
            f"  - auth methods: {methods}",
            f"  - client secrets: {secrets}",
        ]
    )


def _projects(members: Iterable[Membership] | None) -> str:
    if members is None:
        return "unknown, because this server cannot list them"
    return ", ".join(f"{each.project} ({', '.join(each.roles)})" for each in members) or "none"


async def _methods(operation: Operation, identity: Identity) -> str:
    return ", ".join(identity.auth_methods) or "none"


async def _client_secrets(operation: Operation, identity: Identity) -> str:
    if UNIVERSAL_AUTH not in identity.auth_methods:
        return "none"
    names = [each.description for each in await list_client_secrets(operation.session, identity.id)]
    shown = ", ".join(repr(name) if name else "one without a description" for name in names)
    return f"{len(names)} ({shown})" if names else "none"
