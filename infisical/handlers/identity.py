"""Identity: a machine identity that can read some folders of one environment, and nothing else."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterator
from typing import Final

from infisical import rules
from infisical.api.errors import Blocked, NotFound, Refused, RouteMissing, Unauthenticated
from infisical.api.folders import Location
from infisical.api.identities import Identity as ServerIdentity
from infisical.api.identities import create_identity, delete_identity, find_identities, find_identity_by_id
from infisical.api.memberships import (
    NO_ACCESS,
    VIEWER,
    add_member,
    add_reading_privilege,
    list_privileges,
    remove_member,
    remove_privilege,
    roles_of,
    set_role,
)
from infisical.api.projects import find_project
from infisical.api.universal_auth import (
    TokenRules,
    UniversalAuth,
    attach_universal_auth,
    get_universal_auth,
    update_universal_auth,
)
from infisical.handlers.access_check import revoke_leftovers, wait_until_readable
from infisical.handlers.base.fields import Change, Failure, Field
from infisical.handlers.base.handler import Applied, Found, Handler, Operation
from infisical.properties import Properties, is_known

ANYWHERE: Final = ["0.0.0.0/0", "::/0"]
PRIVILEGE: Final = "privilege"
SLUG_PREFIX: Final = "pulumi-read-"


class Identity(Handler):
    name = "Identity"
    doc = (
        "A machine identity with universal auth that reads the secrets below some folders of one environment: role "
        "no-access and an additional privilege, or viewer if the server refuses privileges. Adopted if exactly one "
        "identity has its name. Done when its access is in effect. Deleting it deletes it in Infisical."
    )
    fields = (
        Field(
            name="name",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.not_empty,
            doc="the identity's name in the organization",
        ),
        Field(
            name="identityId",
            type="string",
            change=Change.REPLACE,
            differs=lambda old, new: new is not None and old is not None and old != new,
            doc="which identity to adopt if several have the name",
        ),
        # In place: a replacement would adopt the identity by its name, and then delete that very one as the old one.
        Field(name="projectId", type="string", required=True, doc="the project's id"),
        Field(
            name="environment",
            type="string",
            required=True,
            rule=rules.environment_slug,
            doc="the slug of the environment that it reads",
        ),
        Field(
            name="paths",
            type="strings",
            default=["/"],
            rule=rules.folder_paths,
            # The paths of an imported identity are unknown.
            differs=lambda old, new: old is not None and sorted(old) != sorted(new or []),
            doc="the folders that it reads, each with all subfolders",
        ),
        Field(
            name="accessTokenTtl",
            type="number",
            default=3600.0,
            rule=rules.seconds,
            doc="the lifetime of its access tokens, in seconds",
        ),
        Field(
            name="accessTokenMaxTtl",
            type="number",
            default=86400.0,
            rule=rules.seconds,
            doc="the maximum lifetime of its access tokens when renewed, in seconds",
        ),
        Field(
            name="trustedIps",
            type="strings",
            default=ANYWHERE,
            rule=rules.networks,
            differs=lambda old, new: _networks(old or []) != _networks(new or []),
            doc="the networks from which it may log in and read",
        ),
    )
    outputs = {  # noqa: RUF012
        "identityId": "the identity's id",
        "clientId": "the client ID that it logs in with, together with a client secret",
        "accessMode": "how it can read: privilege, or viewer of the whole project",
    }
    identity_outputs = ("identityId",)

    def check(self, inputs: Properties) -> Iterator[Failure]:
        yield from super().check(inputs)
        ttl, most = inputs.get("accessTokenTtl"), inputs.get("accessTokenMaxTtl")
        if is_known(ttl) and is_known(most) and inputs.number("accessTokenTtl") > inputs.number("accessTokenMaxTtl"):
            yield Failure("accessTokenTtl", f"expected at most accessTokenMaxTtl ({most:.0f}), found {ttl:.0f}")

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        name = inputs.string("name")
        wanted = inputs.string("identityId") or state.string("identityId")
        identity = await self._find(operation, name, wanted) or await create_identity(operation.session, name)
        login = await self._ensure_login(operation, identity, _rules(inputs))
        mode, changed = await self._ensure_access(operation, identity, inputs)
        interrupted = await revoke_leftovers(operation, identity.id)
        if changed or interrupted or not state:
            locations = [
                Location(inputs.string("projectId"), inputs.string("environment"), path)
                for path in inputs.strings("paths")
            ]
            await wait_until_readable(operation, identity.id, login.client_id, locations)
        if state and state.string("projectId") != inputs.string("projectId"):
            await remove_member(operation.session, state.string("projectId"), identity.id)
        return Applied(name, {"identityId": identity.id, "clientId": login.client_id, "accessMode": mode})

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if not state:
            return await self._import(operation, resource_id)
        identity = await self._find(operation, resource_id, state.string("identityId"))
        return await self._read(operation, identity, state, inputs) if identity else None

    async def _import(self, operation: Operation, resource_id: str) -> Found | None:
        name, _, where = resource_id.partition("@")
        slug, _, environment = where.partition("/")
        project = await find_project(operation.session, slug) if name and slug and environment else None
        if project is None:
            message = (
                f"Cannot import {resource_id!r}: expected an ID of the form <name or ID>@<project's "
                "slug>/<environment>, with an existing project."
            )
            raise Blocked(message)
        identity = await self._find(operation, name, "") or await find_identity_by_id(operation.session, name)
        assumed = Properties({"projectId": project.id, "environment": environment})
        return await self._read(operation, identity, assumed, assumed) if identity else None

    async def _read(
        self, operation: Operation, identity: ServerIdentity, state: Properties, inputs: Properties
    ) -> Found | None:
        login = await get_universal_auth(operation.session, identity.id)
        if login is None:
            return None
        read = {
            **inputs,
            "name": identity.name,
            "accessTokenTtl": float(login.rules.ttl),
            "accessTokenMaxTtl": float(login.rules.max_ttl),
        }
        if _networks(inputs.strings("trustedIps")) != _networks(login.rules.trusted_ips):
            read["trustedIps"] = list(login.rules.trusted_ips)
        mode = await self._mode(operation, identity.id, state)
        outputs = {"identityId": identity.id, "clientId": login.client_id, "accessMode": mode}
        return Found(identity.name, outputs, read)

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        found = await find_identities(operation.session, resource_id)
        if state.string("identityId") not in [identity.id for identity in found]:
            return "identityId"
        mode = await self._mode(operation, state.string("identityId"), state)
        return None if mode in (PRIVILEGE, VIEWER) and mode == state.string("accessMode") else "accessMode"

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        await delete_identity(operation.session, state.string("identityId"))

    async def _find(self, operation: Operation, name: str, wanted: str) -> ServerIdentity | None:
        found = await find_identities(operation.session, name)
        chosen = [identity for identity in found if identity.id == wanted]
        if chosen or not found:
            return chosen[0] if chosen else None
        if len(found) > 1:
            ids = ", ".join(sorted(identity.id for identity in found))
            message = (
                f"{len(found)} identities are named {name!r}, with the IDs {ids}. Delete the unused ones, or set "
                "`identity_id` to the one to adopt. Then run `pulumi up`."
            )
            raise Blocked(message)
        if found[0].role == "admin":
            message = (
                f"Identity {name!r} ({found[0].id}) administers the organization, so it is not adopted. Give this "
                "resource a different `name`, then run `pulumi up`."
            )
            raise Blocked(message)
        return found[0]

    async def _ensure_login(self, operation: Operation, identity: ServerIdentity, rules: TokenRules) -> UniversalAuth:
        found = await get_universal_auth(operation.session, identity.id)
        if found is None:
            return await attach_universal_auth(operation.session, identity.id, rules)
        current = found.rules
        same = (current.ttl, current.max_ttl) == (rules.ttl, rules.max_ttl)
        if same and _networks(current.trusted_ips) == _networks(rules.trusted_ips):
            return found
        return await update_universal_auth(operation.session, identity.id, rules)

    async def _ensure_access(
        self, operation: Operation, identity: ServerIdentity, inputs: Properties
    ) -> tuple[str, bool]:
        """
        Grant the declared access, then remove excess access, so that the store is never without.

        :return: the access mode, and whether anything was changed
        """
        project_id = inputs.string("projectId")
        roles = await roles_of(operation.session, project_id, identity.id)
        if roles is None:
            await add_member(operation.session, project_id, identity.id, NO_ACCESS)
        mode, granted = await self._ensure_privilege(operation, identity, inputs)
        role = NO_ACCESS if mode == PRIVILEGE else VIEWER
        demoted = (roles or (NO_ACCESS,)) != (role,)
        if demoted:
            await set_role(operation.session, project_id, identity.id, role)
        return mode, roles is None or granted or demoted

    async def _ensure_privilege(
        self, operation: Operation, identity: ServerIdentity, inputs: Properties
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
            if other.startswith(SLUG_PREFIX) and other != slug:
                await remove_privilege(operation.session, privilege_id)
        return PRIVILEGE, granted

    async def _mode(self, operation: Operation, identity_id: str, state: Properties) -> str:
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


def _rules(inputs: Properties) -> TokenRules:
    return TokenRules(
        ttl=int(inputs.number("accessTokenTtl")),
        max_ttl=int(inputs.number("accessTokenMaxTtl")),
        trusted_ips=tuple(inputs.strings("trustedIps")),
    )


def _privilege_slug(properties: Properties) -> str:
    """Derived from the permission, so that a changed permission is a new privilege and never a half-changed one."""
    allows = json.dumps([properties.string("environment"), sorted(properties.strings("paths"))])
    return SLUG_PREFIX + hashlib.sha256(allows.encode()).hexdigest()[:12]


def _networks(texts: list[str] | tuple[str, ...]) -> set[object]:
    return {ipaddress.ip_network(text, strict=False) for text in texts}
