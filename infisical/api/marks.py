"""The mark that a stack leaves on what it creates in Infisical: it says which stack owns an object."""

from __future__ import annotations

from typing import Final

_PREFIX: Final = "pulumi stack "


def mark_of_stack(urn: str) -> str:
    """
    The mark of the stack that a resource belongs to, such as `pulumi stack homelab/prod`.

    Readable, because people see it in Infisical's UI.
    """
    stack, project, *_ = urn.removeprefix("urn:pulumi:").split("::")
    return f"{_PREFIX}{project}/{stack}"


def other_stack(mark: str, own: str) -> str:
    """
    The name of a different stack that left this mark; empty if none did.

    :param own: the mark of this stack
    """
    return mark.removeprefix(_PREFIX) if mark.startswith(_PREFIX) and mark != own else ""


def belongs(mark: str, own: str) -> str:
    """A sentence for messages, with a space before it; empty if no other stack owns the object."""
    stack = other_stack(mark, own)
    return f" It belongs to the stack {stack}." if stack else ""
