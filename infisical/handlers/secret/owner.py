"""Which stack owns a secret: the one that created it. Only the owner changes its value."""

from __future__ import annotations

from infisical.api.identities import MARK
from infisical.api.marks import other_stack
from infisical.handlers.base.handler import Operation
from infisical.handlers.base.ids import location_of
from infisical.handlers.secret.inputs import WHERE
from infisical.properties import Properties, is_known


async def other_owner(operation: Operation, inputs: Properties) -> str:
    """The name of the stack that owns the secret; empty if no other stack does."""
    if not all(is_known(inputs.get(name)) for name in WHERE):
        return ""
    found = await operation.secrets.lookup(location_of(inputs), inputs.string("name"))
    return other_stack(found.mark, operation.mark) if found else ""


def refusal(name: str, owner: str) -> str:
    return (
        f"{name} was not rotated: it belongs to the stack {owner}, and two stacks would overwrite each other's values. "
        "Nothing was changed. Rotate it in that stack, and remove its trigger or its value from the config of this "
        f"one. If that stack no longer exists, remove the metadata `{MARK}` of the secret in Infisical. Then run "
        "`pulumi up`."
    )


def notice(name: str, owner: str) -> str:
    return f"{name} belongs to the stack {owner}: its value is used, and only that stack rotates it."
