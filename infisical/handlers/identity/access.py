"""What the identity may read: its role in the project, and its additional privilege."""

from __future__ import annotations

import hashlib
import json
from typing import Final

from infisical.api.errors import NotFound, Refused, RouteMissing, Unauthenticated
from infisical.api.identities import Identity
from infisical.api.memberships import (
    NO_ACCESS,
    VIEWER,
    add_member,
    add_reading_privilege,
    list_privileges,
    remove_privilege,
    roles_of,
    set_role,
)
from infisical.handlers.base.handler import Operation
from infisical.properties import Properties

PRIVILEGE: Final = "privilege"
SLUG_PREFIX: Final = "pulumi-read-"


async def ensure_access(
    operation: Operation, identity: Identity, inputs: Properties, *, exclusive: bool
) -> tuple[str, bool]:
    """
    Grant the declared access, then remove excess access, so that the store is never without.

    :param exclusive: remove the privileges of others too, as the owner asks by adopting the identity
    :return: the access mode, and whether anything was changed
    """
    project_id = inputs.string("projectId")
    roles = await roles_of(operation.session, project_id, identity.id)
    if roles is None:
        await add_member(operation.session, project_id, identity.id, NO_ACCESS)
    mode, granted = await _ensure_privilege(operation, identity, inputs, exclusive=exclusive)
    role = NO_ACCESS if mode == PRIVILEGE else VIEWER
    demoted = (roles or (NO_ACCESS,)) != (role,)
    if demoted:
        await set_role(operation.session, project_id, identity.id, role)
    return mode, roles is None or granted or demoted


async def _ensure_privilege(
    operation: Operation, identity: Identity, inputs: Properties, *, exclusive: bool
) -> tuple[str, bool]:
    project_id, slug = inputs.string("projectId"), _privilege_slug(inputs)
    known = await list_privileges(operation.session, project_id, identity.id) or {}
    granted = slug not in known
    if granted:
        try:
            await add_reading_privilege(
                operation.session,
                project_id,
                identity.id,
                slug,
                inputs.string("environment"),
                inputs.strings("paths"),
            )
        except Unauthenticated:
            raise
        except Refused as error:
            if not error.exists_already:
                if error.status not in (400, 403) and not isinstance(error, RouteMissing):
                    raise
                await operation.warn(
                    f"Identity {identity.name!r} becomes viewer of the whole project, because this server refuses "
                    f"additional privileges ({error.reason.rstrip('.')})."
                )
                return VIEWER, False
    for other, privilege_id in known.items():
        if other != slug and (exclusive or other.startswith(SLUG_PREFIX)):
            await remove_privilege(operation.session, privilege_id)
    return PRIVILEGE, granted


async def access_mode(operation: Operation, identity_id: str, state: Properties) -> str:
    """The identity's current access mode; its roles if they are not ours."""
    project_id = state.string("projectId")
    try:
        roles = await roles_of(operation.session, project_id, identity_id)
    except NotFound:
        # The project is gone.
        return "none"
    if roles is None:
        return "none"
    if roles != (NO_ACCESS,):
        return ", ".join(sorted(roles))
    known = await list_privileges(operation.session, project_id, identity_id)
    if known is None or _privilege_slug(state) in known:
        return PRIVILEGE
    imported = "paths" not in state and any(slug.startswith(SLUG_PREFIX) for slug in known)
    return PRIVILEGE if imported else "none"


async def withdraw_access(operation: Operation, identity_id: str, state: Properties) -> None:
    """Remove the access that this program gave; the identity and its membership stay."""
    project_id = state.string("projectId")
    try:
        roles = await roles_of(operation.session, project_id, identity_id)
    except NotFound:
        return
    if roles is None:
        return
    if state.string("accessMode") == VIEWER and roles == (VIEWER,):
        await set_role(operation.session, project_id, identity_id, NO_ACCESS)
    for slug, privilege_id in (await list_privileges(operation.session, project_id, identity_id) or {}).items():
        if slug.startswith(SLUG_PREFIX):
            await remove_privilege(operation.session, privilege_id)


def _privilege_slug(properties: Properties) -> str:
    """Derived from the permission, so that a changed permission is a new privilege and never a half-changed one."""
    allows = json.dumps([properties.string("environment"), sorted(properties.strings("paths"))])
    return SLUG_PREFIX + hashlib.sha256(allows.encode()).hexdigest()[:12]
