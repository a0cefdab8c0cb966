"""Edits of a generated key's kind and size."""

from __future__ import annotations

from typing import Final

import pulumi

from components.base.random_values import HASHED, RSA, RandomValue
from declaration import Generate, rotate_command

_REASONS: Final = {HASHED: "with its hash", RSA: "with its key pair"}
"""Kinds whose value has a part that the state holds only for a key of that kind."""


def checked_shape(name: str, declared: Generate, immutable: bool, generated: RandomValue) -> pulumi.Output[str]:
    """
    The value of a generated key. Reports an edit of the kind or size, which takes effect at the next rotation.

    :param name: the key, as `homelab:rotations` names it
    :raises pulumi.RunError: once the value is known, if the key is immutable and its kind or size was edited
    """

    def check(in_use: Generate) -> None:
        if in_use.kind in _REASONS and declared.kind != in_use.kind:
            raise pulumi.RunError(_without_parts(name, declared, in_use.kind))
        if in_use != declared and immutable:
            raise pulumi.RunError(_refusal(name, declared, in_use))
        if in_use != declared:
            pulumi.info(_announcement(name, declared, in_use), generated.resource)

    return generated.value(check)


def _announcement(name: str, declared: Generate, in_use: Generate) -> str:
    edits = _edits(declared, in_use)
    take = "takes" if len(edits) == 1 else "take"
    return f"{name}: {' and '.join(edits)} {take} effect at the next rotation: `{rotate_command(name)}`"


def _without_parts(name: str, declared: Generate, kind: str) -> str:
    return (
        f"{name}: its kind cannot change from {kind} to {declared.kind}; its value was not changed.\n"
        f"    found:    kind {declared.kind}\n"
        f"    expected: kind {kind}: otherwise a lost value could not be seeded {_REASONS[kind]}\n"
        f"    fix:      write `kind: {kind}` where {name} is declared, or declare a key with a new name"
    )


def _refusal(name: str, declared: Generate, in_use: Generate) -> str:
    return (
        f"{name} is immutable, and its kind or size was edited; its value was not changed.\n"
        f"    found:    {', '.join(_edits(declared, in_use))}\n"
        "    expected: the kind and size of the value in use: a new value would lose the data that the key protects\n"
        f"    fix:      write `kind: {in_use.kind}` and `size: {in_use.size}`{_also(in_use)} where an app declares "
        f"{name}"
    )


def _also(in_use: Generate) -> str:
    return f" and `characters: {in_use.characters}`" if in_use.characters else ""


def _edits(declared: Generate, in_use: Generate) -> list[str]:
    pairs = (
        ("kind", in_use.kind, declared.kind),
        ("size", in_use.size, declared.size),
        ("characters", in_use.characters or "letters and digits", declared.characters or "letters and digits"),
    )
    return [f"{name} {old} → {new}" for name, old, new in pairs if old != new]
