"""Identity: a machine identity that can read some folders of one environment, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from infisical import rules
from infisical.api.errors import Blocked
from infisical.api.folders import Location
from infisical.api.identities import Identity as ServerIdentity
from infisical.api.identities import (
    create_identity,
    delete_identity,
    find_identities,
    find_identity_by_id,
    set_organization_role,
)
from infisical.api.memberships import NO_ACCESS, VIEWER, remove_member
from infisical.api.projects import find_project
from infisical.api.universal_auth import get_universal_auth
from infisical.handlers.access_check import TIMEOUT_SECONDS, revoke_leftovers, wait_until_readable
from infisical.handlers.base.fields import Change, Failure, Field
from infisical.handlers.base.handler import ADOPTED, CREATED, Applied, Found, Handler, Operation
from infisical.handlers.identity.access import PRIVILEGE, access_mode, ensure_access, withdraw_access
from infisical.handlers.identity.adoption import choose, describe_adoption
from infisical.handlers.identity.login import declared_rules, ensure_login, networks
from infisical.properties import Properties, is_known

ANYWHERE: Final = ["0.0.0.0/0", "::/0"]


class Identity(Handler):
    name = "Identity"
    doc = (
        "A machine identity with universal auth that reads the secrets below some folders of one environment: role "
        "no-access and an additional privilege, or viewer if the server refuses privileges. An identity of this name "
        "that the stack did not create is adopted only with `adopt`. Done when its access is in effect. Deleting it "
        "deletes the identity in Infisical, or releases an adopted one."
    )
    fields = (
        Field(
            name="name",
            type="string",
            required=True,
            change=Change.REPLACE,
            rule=rules.identity_name,
            doc="the identity's name in the organization",
        ),
        Field(
            name="adopt",
            type="boolean",
            change=Change.NOTHING,
            doc="whether to take over an identity of this name that this stack did not create",
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
            differs=lambda old, new: networks(old or []) != networks(new or []),
            doc="the networks from which it may log in and read",
        ),
        Field(
            name="timeoutSeconds",
            type="number",
            default=TIMEOUT_SECONDS,
            change=Change.NOTHING,
            rule=rules.seconds,
            doc="how long to wait until its access is in effect",
        ),
    )
    outputs = {  # noqa: RUF012
        "identityId": "the identity's id",
        "clientId": "the client ID that it logs in with, together with a client secret",
        "accessMode": "how it can read: privilege, or viewer of the whole project",
        "origin": "created or adopted",
    }
    identity_outputs = ("identityId",)
    adopts = True

    def check(self, inputs: Properties) -> Iterator[Failure]:
        yield from super().check(inputs)
        ttl, most = inputs.get("accessTokenTtl"), inputs.get("accessTokenMaxTtl")
        if is_known(ttl) and is_known(most) and inputs.number("accessTokenTtl") > inputs.number("accessTokenMaxTtl"):
            yield Failure("accessTokenTtl", f"expected at most accessTokenMaxTtl ({most:.0f}), found {ttl:.0f}")

    async def precheck(self, operation: Operation, old: Properties, new: Properties) -> None:
        if not is_known(new.get("name")) or not is_known(new.get("identityId")):
            return
        choice = await choose(operation, new, old.string("identityId"))
        if choice and not choice.own:
            await operation.warn(await describe_adoption(operation, choice.identity, new, declared_rules(new)))

    async def ensure(self, operation: Operation, inputs: Properties, state: Properties) -> Applied:
        name, token_rules = inputs.string("name"), declared_rules(inputs)
        choice = await choose(operation, inputs, state.string("identityId"))
        adopting = choice is not None and not choice.own
        if choice is None:
            identity = await create_identity(operation.session, name, operation.mark)
        else:
            identity = choice.identity
        if adopting:
            await operation.warn(await describe_adoption(operation, identity, inputs, token_rules))
        if identity.role != NO_ACCESS:
            await set_organization_role(operation.session, identity.id, NO_ACCESS)
        login = await ensure_login(operation, identity, token_rules)
        mode, changed = await ensure_access(operation, identity, inputs, exclusive=adopting)
        interrupted = await revoke_leftovers(operation, identity.id)
        if changed or interrupted or not state:
            locations = [
                Location(inputs.string("projectId"), inputs.string("environment"), path)
                for path in inputs.strings("paths")
            ]
            await wait_until_readable(
                operation,
                identity.id,
                login.client_id,
                locations,
                inputs.number("timeoutSeconds", TIMEOUT_SECONDS),
            )
        if state and state.string("projectId") != inputs.string("projectId"):
            await remove_member(operation.session, state.string("projectId"), identity.id)
        same = identity.id == state.string("identityId")
        origin = state.string("origin") if same else ADOPTED if adopting else CREATED
        outputs = {"identityId": identity.id, "clientId": login.client_id, "accessMode": mode, "origin": origin}
        return Applied(name, outputs)

    async def read(self, operation: Operation, resource_id: str, state: Properties, inputs: Properties) -> Found | None:
        if not state:
            return await self._import(operation, resource_id)
        found = await find_identities(operation.session, resource_id)
        identity = next((each for each in found if each.id == state.string("identityId")), None)
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
        found = await find_identities(operation.session, name)
        if len(found) > 1:
            ids = ", ".join(sorted(identity.id for identity in found))
            message = f"Cannot import {resource_id!r}: {len(found)} identities have this name. Use an ID: {ids}."
            raise Blocked(message)
        identity = found[0] if found else await find_identity_by_id(operation.session, name)
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
        if networks(inputs.strings("trustedIps")) != networks(login.rules.trusted_ips):
            read["trustedIps"] = list(login.rules.trusted_ips)
        mode = await access_mode(operation, identity.id, state)
        origin = state.string("origin") or ADOPTED
        outputs = {"identityId": identity.id, "clientId": login.client_id, "accessMode": mode, "origin": origin}
        return Found(identity.name, outputs, read)

    async def lost(self, operation: Operation, resource_id: str, state: Properties) -> str | None:
        found = await find_identities(operation.session, resource_id)
        identity = next((each for each in found if each.id == state.string("identityId")), None)
        if identity is None:
            return "identityId"
        mode = await access_mode(operation, identity.id, state)
        declared = mode in (PRIVILEGE, VIEWER) and mode == state.string("accessMode")
        return None if declared and identity.role == NO_ACCESS else "accessMode"

    async def delete(self, operation: Operation, resource_id: str, state: Properties) -> None:
        if state.string("origin") != ADOPTED:
            await delete_identity(operation.session, state.string("identityId"))
            return
        await withdraw_access(operation, state.string("identityId"), state)
        await operation.info(
            f"Identity {resource_id!r} was adopted, so it is released and not deleted. It can no longer read the "
            "operator's folders; its organization role and token rules stay as they are now."
        )
