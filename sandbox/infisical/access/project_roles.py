"""The project roles of a server without a licence, and what each permits."""

from __future__ import annotations

from dataclasses import dataclass

from sandbox.infisical.access.ability import ANYTHING, DESCRIBE, DESCRIBE_AND_READ, MANAGE, READ_VALUE, SECRETS, Rule

SEE = (DESCRIBE_AND_READ, DESCRIBE, READ_VALUE)
WRITE = ("read", "create", "edit", "delete")


@dataclass(frozen=True)
class Role:
    """A built-in role."""

    slug: str
    name: str
    description: str
    rules: tuple[Rule, ...]


ROLES = {
    role.slug: role
    for role in (
        Role("admin", "Admin", "Full administrative access over a project", (Rule(ANYTHING, (MANAGE,)),)),
        Role(
            "member",
            "Member",
            "Limited read/write role in a project",
            (
                Rule(SECRETS, (*SEE, "create", "edit", "delete")),
                Rule("secret-folders", WRITE),
                Rule("secret-imports", WRITE),
                Rule("environments", WRITE),
                Rule("identity", ("read",)),
                Rule("role", ("read",)),
            ),
        ),
        Role(
            "viewer",
            "Viewer",
            "Only read role in a project",
            (
                Rule(SECRETS, SEE),
                Rule("secret-folders", ("read",)),
                Rule("secret-imports", ("read",)),
                Rule("environments", ("read",)),
                Rule("identity", ("read",)),
                Rule("role", ("read",)),
            ),
        ),
        Role("no-access", "No Access", "No access to any resources in the project", ()),
    )
}
