"""Which of the resources that hold a key for ever an update would touch."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from operations.pull_request.keys import ENCRYPTION_KEY
from operations.pull_request.preview import Preview, Step

HOLDERS: Final = ("random:index/randomPassword:RandomPassword", "pulumi:index:Stash")
"""The types of resources that hold a value in the state."""

_ENCRYPTION_KEY_RESOURCE: Final = "infisical-encryption-key"
INFISICAL_SECRETS: Final = "infisical-secrets"
_SECRET: Final = "kubernetes:core/v1:Secret"


def touched_resources(preview: Preview, keys: Collection[str]) -> Iterator[tuple[str, str]]:
    """
    What would happen to such a resource: the key's name, and in words what happens.

    :param keys: the inventory's keys that must never change, by name
    """
    for step in preview.steps:
        key = _key_of(step, keys)
        if key:
            for what in _touches(step):
                yield key, what


def _key_of(step: Step, keys: Collection[str]) -> str | None:
    if step.type in HOLDERS and step.name == _ENCRYPTION_KEY_RESOURCE:
        return ENCRYPTION_KEY
    if step.type in HOLDERS and step.name in keys:
        return step.name
    return ENCRYPTION_KEY if (step.type, step.name) == (_SECRET, INFISICAL_SECRETS) else None


def _touches(step: Step) -> Iterator[str]:
    what = f"{step.type.rpartition(':')[2]} {step.name}"
    if step.action in ("delete", "replace"):
        refused = "; the engine refuses, since it is protected" if step.was_protected else ""
        yield f"{what} would be {step.action}d{refused}"
    elif step.was_protected and not step.is_protected:
        yield f"{what} would no longer be protected"
    if step.type == _SECRET and any(change.path.endswith(f"data.{ENCRYPTION_KEY}") for change in step.fields):
        yield f"{what} would get another {ENCRYPTION_KEY}"
