"""Identity: a machine identity that may read some folders of one environment, and nothing else."""

from __future__ import annotations

import hashlib
import ipaddress
import json
from collections.abc import Iterator
from typing import Final

from infisical.api.errors import Blocked, NotFound, Refused, RouteMissing, Unauthenticated
from infisical.api.folders import Place
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
from infisical.handlers import allowed
from infisical.handlers.fields import Change, Failure, Field
from infisical.handlers.kind import Found, Kind, Made, Task
from infisical.handlers.properties import Properties, is_known
from infisical.handlers.trial import end_leftover_trials, wait_until_readable

ANYWHERE: Final = ["0.0.0.0/0", "::/0"]
PRIVILEGE: Final = "privilege"
SLUG_PREFIX: Final = "pulumi-read-"


class Identity(Kind):
    name = "Identity"
    doc = (
        "A machine identity with universal auth that reads the secrets below some folders of one environment: role "
        "no-access and an additional privilege, or viewer where the server refuses privileges. Adopted where exactly "
        "one of its name exists. Done when its access is in effect. Deleting it deletes it in Infisical."
    )
    fields = (
        Field(
            name="name",
            type="text",
            required=True,
            change=Change.REPLACE,
            allowed=allowed.not_empty,
            doc="the identity's name in the organization",
        ),
        Field(
            name="identityId",
            type="text",
            change=Change.REPLACE,
            differs=lambda old, new: new is not None and old is not None and old != new,
            doc="which one to adopt, where several have the name",
        ),
        # In place: a replacement would adopt the identity by its name, and then delete that very one as the old one.
        Field(name="projectId", type="text", required=True, doc="the project's id"),
        Field(
            name="environment",
            type="text",
            required=True,
            allowed=allowed.environment_slug,
            doc="the slug of the environment that it reads",
        ),
        Field(
            name="paths",
            type="texts",
            default=["/"],
            allowed=allowed.folder_paths,
            # Of an imported identity the paths are not known.
            differs=lambda old, new: old is not None and sorted(old) != sorted(new or []),
            doc="the folders that it reads, each with all below",
        ),
        Field(
            name="accessTokenTtl",
            type="number",
            default=3600.0,
            allowed=allowed.seconds,
            doc="how many seconds its access tokens live",
        ),
        Field(
            name="accessTokenMaxTtl",
            type="number",
            default=86400.0,
            allowed=allowed.seconds,
            doc="how many seconds its access tokens live when renewed",
        ),
        Field(
            name="trustedIps",
            type="texts",
            default=ANYWHERE,
            allowed=allowed.networks,
            differs=lambda old, new: _networks(old or []) != _networks(new or []),
            doc="the networks that it may log in and read from",
        ),
    )
    outputs = {  # noqa: RUF012
        "identityId": "the identity's id",
        "clientId": "what it logs in with, beside a client secret",
        "accessMode": "how it may read: privilege, or viewer of the whole project",
    }
    told_apart_by = ("identityId",)

    def check(self, inputs: Properties) -> Iterator[Failure]:
        yield from super().check(inputs)
        ttl, most = inputs.get("accessTokenTtl"), inputs.get("accessTokenMaxTtl")
        if is_known(ttl) and is_known(most) and inputs.number("accessTokenTtl") > inputs.number("accessTokenMaxTtl"):
            yield Failure("accessTokenTtl", f"is {ttl:.0f}, but must be at most accessTokenMaxTtl, {most:.0f}")

    async def ensure(self, task: Task, inputs: Properties, state: Properties) -> Made:
        name = inputs.text("name")
        wanted = inputs.text("identityId") or state.text("identityId")
        identity = await self._find(task, name, wanted) or await create_identity(task.session, name)
        login = await self._ensure_login(task, identity, _rules(inputs))
        mode, changed = await self._ensure_access(task, identity, inputs)
        interrupted = await end_leftover_trials(task, identity.id)
        if changed or interrupted or not state:
            places = [
                Place(inputs.text("projectId"), inputs.text("environment"), path) for path in inputs.texts("paths")
            ]
            await wait_until_readable(task, identity.id, login.client_id, places)
        if state and state.text("projectId") != inputs.text("projectId"):
            await remove_member(task.session, state.text("projectId"), identity.id)
        return Made(name, {"identityId": identity.id, "clientId": login.client_id, "accessMode": mode})

    async def read(self, task: Task, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if not state:
            return await self._import(task, resource_id)
        identity = await self._find(task, resource_id, state.text("identityId"))
        return await self._read(task, identity, state, inputs) if identity else None

    async def _import(self, task: Task, resource_id: str) -> Found | None:
        name, _, where = resource_id.partition("@")
        slug, _, environment = where.partition("/")
        project = await find_project(task.session, slug) if name and slug and environment else None
        if project is None:
            message = (
                f"the id {resource_id!r} is not of the form <name or id>@<project's slug>/<environment>, with a "
                "project that exists"
            )
            raise Blocked(message)
        identity = await self._find(task, name, "") or await find_identity_by_id(task.session, name)
        assumed = Properties({"projectId": project.id, "environment": environment})
        return await self._read(task, identity, assumed, assumed) if identity else None

    async def _read(self, task: Task, identity: ServerIdentity, state: Properties, inputs: Properties) -> Found | None:
        login = await get_universal_auth(task.session, identity.id)
        if login is None:
            return None
        read = {
            **inputs,
            "name": identity.name,
            "accessTokenTtl": float(login.rules.ttl),
            "accessTokenMaxTtl": float(login.rules.max_ttl),
        }
        if _networks(inputs.texts("trustedIps")) != _networks(login.rules.trusted_ips):
            read["trustedIps"] = list(login.rules.trusted_ips)
        mode = await self._mode(task, identity.id, state)
        outputs = {"identityId": identity.id, "clientId": login.client_id, "accessMode": mode}
        return Found(identity.name, outputs, read)

    async def lost(self, task: Task, resource_id: str, state: Properties) -> str | None:
        found = await find_identities(task.session, resource_id)
        if state.text("identityId") not in [identity.id for identity in found]:
            return "identityId"
        mode = await self._mode(task, state.text("identityId"), state)
        return None if mode in (PRIVILEGE, VIEWER) and mode == state.text("accessMode") else "accessMode"

    async def delete(self, task: Task, resource_id: str, state: Properties) -> None:
        await delete_identity(task.session, state.text("identityId"))

    async def _find(self, task: Task, name: str, wanted: str) -> ServerIdentity | None:
        found = await find_identities(task.session, name)
        chosen = [identity for identity in found if identity.id == wanted]
        if chosen or not found:
            return chosen[0] if chosen else None
        if len(found) > 1:
            ids = ", ".join(sorted(identity.id for identity in found))
            message = (
                f"{len(found)} identities are named {name!r}, with the ids {ids}. Delete those that are not used, or "
                "say which one is meant with the argument `identity_id`."
            )
            raise Blocked(message)
        if found[0].role == "admin":
            message = (
                f"the identity {name!r} ({found[0].id}) administers the organization, so it is not taken over: give "
                "this resource another `name`."
            )
            raise Blocked(message)
        return found[0]

    async def _ensure_login(self, task: Task, identity: ServerIdentity, rules: TokenRules) -> UniversalAuth:
        found = await get_universal_auth(task.session, identity.id)
        if found is None:
            return await attach_universal_auth(task.session, identity.id, rules)
        seen = found.rules
        same = (seen.ttl, seen.max_ttl) == (rules.ttl, rules.max_ttl)
        if same and _networks(seen.trusted_ips) == _networks(rules.trusted_ips):
            return found
        return await update_universal_auth(task.session, identity.id, rules)

    async def _ensure_access(self, task: Task, identity: ServerIdentity, inputs: Properties) -> tuple[str, bool]:
        """
        Give the access that is asked for, then take away what goes beyond it: the store is never without.

        The access mode, and whether anything was changed.
        """
        project_id = inputs.text("projectId")
        roles = await roles_of(task.session, project_id, identity.id)
        if roles is None:
            await add_member(task.session, project_id, identity.id, NO_ACCESS)
        mode, granted = await self._ensure_privilege(task, identity, inputs)
        role = NO_ACCESS if mode == PRIVILEGE else VIEWER
        demoted = (roles or (NO_ACCESS,)) != (role,)
        if demoted:
            await set_role(task.session, project_id, identity.id, role)
        return mode, roles is None or granted or demoted

    async def _ensure_privilege(self, task: Task, identity: ServerIdentity, inputs: Properties) -> tuple[str, bool]:
        project_id, slug = inputs.text("projectId"), _privilege_slug(inputs)
        known = await list_privileges(task.session, project_id, identity.id) or {}
        granted = slug not in known
        if granted:
            try:
                await add_reading_privilege(
                    task.session, project_id, identity.id, slug, inputs.text("environment"), inputs.texts("paths")
                )
            except Unauthenticated:
                raise
            except Refused as error:
                if not error.exists_already:
                    if error.status not in (400, 403) and not isinstance(error, RouteMissing):
                        raise
                    await task.warn(
                        f"the identity {identity.name!r} becomes viewer of the whole project, since this server "
                        f"refuses additional privileges ({error.reason})"
                    )
                    return VIEWER, False
        for other, privilege_id in known.items():
            if other.startswith(SLUG_PREFIX) and other != slug:
                await remove_privilege(task.session, privilege_id)
        return PRIVILEGE, granted

    async def _mode(self, task: Task, identity_id: str, state: Properties) -> str:
        """How the identity may read now; its role, where that is neither of ours."""
        project_id = state.text("projectId")
        try:
            roles = await roles_of(task.session, project_id, identity_id)
        except NotFound:
            # The project itself is gone.
            return "none"
        if roles is None:
            return "none"
        if roles != (NO_ACCESS,):
            return ", ".join(sorted(roles))
        known = await list_privileges(task.session, project_id, identity_id)
        if known is None or _privilege_slug(state) in known:
            return PRIVILEGE
        imported = "paths" not in state and any(slug.startswith(SLUG_PREFIX) for slug in known)
        return PRIVILEGE if imported else "none"


def _rules(inputs: Properties) -> TokenRules:
    return TokenRules(
        ttl=int(inputs.number("accessTokenTtl")),
        max_ttl=int(inputs.number("accessTokenMaxTtl")),
        trusted_ips=tuple(inputs.texts("trustedIps")),
    )


def _privilege_slug(properties: Properties) -> str:
    """Named after what it allows, so that another permission is another privilege and none is ever half changed."""
    allows = json.dumps([properties.text("environment"), sorted(properties.texts("paths"))])
    return SLUG_PREFIX + hashlib.sha256(allows.encode()).hexdigest()[:12]


def _networks(texts: list[str] | tuple[str, ...]) -> set[object]:
    return {ipaddress.ip_network(text, strict=False) for text in texts}
