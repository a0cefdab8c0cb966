"""
What an actor may do in a project: a list of rules; the last matching rule decides.

A rule matches an action on a subject. A rule with conditions matches only if the subject's fields (environment,
secretPath, secretName) meet them. For a subject without fields, a permitting rule matches regardless of its
conditions.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.infisical.access import globs
from sandbox.infisical.errors import denied

SECRETS = "secrets"
DESCRIBE, READ_VALUE, DESCRIBE_AND_READ = "describeSecret", "readValue", "read"
ANYTHING, MANAGE = "all", "manage"


@dataclass(frozen=True)
class Rule:
    """One rule, as a role or an additional privilege holds it."""

    subject: str
    actions: tuple[str, ...]
    conditions: Mapping[str, Any] | None = None
    inverted: bool = False

    def is_about(self, action: str, subject: str) -> bool:
        return self.subject in (subject, ANYTHING) and (action in self.actions or MANAGE in self.actions)

    def fits(self, fields: Mapping[str, str] | None) -> bool:
        if not self.conditions:
            return True
        if fields is None:
            return not self.inverted
        return all(_meets(fields.get(name), wanted) for name, wanted in self.conditions.items())

    def wire(self) -> dict[str, Any]:
        """The rule in the form that an error's details show."""
        shown = {"action": list(self.actions), "inverted": self.inverted, "subject": self.subject}
        return {**shown, "conditions": self.conditions} if self.conditions else shown


@dataclass(frozen=True)
class Ability:
    """All rules of an actor in a project, the strongest last."""

    rules: tuple[Rule, ...]

    def can(self, action: str, subject: str, fields: Mapping[str, str] | None = None) -> bool:
        for rule in reversed(self.rules):
            if rule.is_about(action, subject) and rule.fits(fields):
                return not rule.inverted
        return False

    def require(self, action: str, subject: str, fields: Mapping[str, str] | None = None) -> None:
        """
        :raises ApiError: PermissionDenied
        """
        if not self.can(action, subject, fields):
            about = [rule.wire() for rule in reversed(self.rules) if rule.is_about(action, subject)]
            raise denied(action, subject, about)

    def can_see(self, action: str, fields: Mapping[str, str] | None = None) -> bool:
        """Whether the actor may describe or read secrets. The older action `read` permits both."""
        return self.can(DESCRIBE_AND_READ, SECRETS, fields) or self.can(action, SECRETS, fields)

    def require_see(self, action: str, fields: Mapping[str, str] | None = None) -> None:
        """
        :raises ApiError: PermissionDenied
        """
        if not self.can_see(action, fields):
            self.require(action, SECRETS, fields)


def _meets(seen: str | None, wanted: Any) -> bool:
    if isinstance(wanted, str):
        return seen == wanted
    if not isinstance(wanted, Mapping) or seen is None:
        return False
    return all(_holds(operator, seen, operand) for operator, operand in wanted.items())


def _holds(operator: str, seen: str, operand: Any) -> bool:
    match operator:
        case "$eq":
            return bool(seen == operand)
        case "$ne":
            return bool(seen != operand)
        case "$in":
            return isinstance(operand, list) and seen in operand
        case "$glob":
            return isinstance(operand, str) and globs.matches(operand, seen)
        case _:
            return False
