"""Routes, and the calls that their handlers receive."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sandbox.infisical.access.ability import Ability, Rule
from sandbox.infisical.access.project_roles import ROLES
from sandbox.infisical.errors import denied, forbidden
from sandbox.infisical.server.actors import ADMIN, Actor
from sandbox.infisical.server.fields import Fields
from sandbox.infisical.server.state import ServerState
from sandbox.infisical.storage.database import Database, Row

Json = dict[str, Any]


class RouteAccess(Enum):
    """Who may call a route."""

    ANYONE = "anyone"
    ACTOR = "a user within an organization, or an identity"
    USER = "a user, within an organization or not"


@dataclass(frozen=True)
class Call:
    """
    One request.

    :param caller: None only on public routes
    :param body: the JSON; None if the body is empty
    :param address: where the request comes from
    """

    state: ServerState
    caller: Actor | None
    parameters: Mapping[str, str]
    query: Mapping[str, str]
    body: object = field(repr=False)
    address: str

    @property
    def actor(self) -> Actor:
        assert self.caller is not None, "the route is for anyone"
        return self.caller

    @property
    def database(self) -> Database:
        return self.state.database

    @property
    def org_id(self) -> str:
        assert self.actor.org_id is not None, "the route is for a user without an organization too"
        return self.actor.org_id

    def fields(self) -> Fields:
        return Fields(self.body)

    def stamp(self) -> str:
        return self.state.clock.stamp()

    def query_flag(self, name: str, default: bool) -> bool:
        """A query parameter that is `true` or `false`, in upper or lower case."""
        value = self.query.get(name)
        return default if value is None else value.lower() == "true"

    def require_org_admin(self, action: str, subject: str) -> None:
        """
        :raises ApiError: PermissionDenied
        """
        if self.actor.org_role != ADMIN:
            raise denied(action, subject, [])

    def ability(self, project_id: str) -> Ability:
        """
        What the actor may do in the project.

        :raises ApiError: the actor is not a member of the project
        """
        key = (self.actor.kind, self.actor.id, project_id)
        seconds = self.state.settings.permission_cache_seconds
        return self.state.permissions.get(key, self.state.clock.now(), seconds, lambda: self._look_up(project_id))

    def _look_up(self, project_id: str) -> Ability:
        member = self.database.one(
            "SELECT roles FROM memberships WHERE project_id = ? AND actor_kind = ? AND actor_id = ?",
            project_id,
            self.actor.kind,
            self.actor.id,
        )
        if member is None:
            you = f"You are not a member of this project with ID {project_id}."
            todo = (
                f"Please assign this {self.actor.kind} to the project with the appropriate permissions, then try again."
            )
            message = f"{you} {todo}"
            raise forbidden(message, "ProjectMembershipNotFound")
        rules = [rule for each in json.loads(member["roles"]) for rule in ROLES[each["role"]].rules]
        privileges = self.database.rows(
            "SELECT permissions FROM privileges WHERE project_id = ? AND identity_id = ? ORDER BY rowid",
            project_id,
            self.actor.id,
        )
        granted = [each for privilege in privileges for each in json.loads(privilege["permissions"])]
        return Ability((*rules, *map(_rule, granted)))


Handler = Callable[[Call], Json]


@dataclass(frozen=True)
class Route:
    """
    :param path: with `{name}` for parameters
    """

    method: str
    path: str
    handler: Handler
    access: RouteAccess = RouteAccess.ACTOR


def _rule(permission: Row) -> Rule:
    action = permission["action"]
    actions = tuple(action) if isinstance(action, list) else (action,)
    return Rule(permission["subject"], actions, permission.get("conditions"), permission.get("inverted", False))
