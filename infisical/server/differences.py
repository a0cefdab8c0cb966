"""The difference between old and new inputs, as the engine expects it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from pulumi.provider.experimental.provider import DiffResponse, PropertyDiff, PropertyDiffKind

from infisical.handlers.base.fields import Change, Field


def response(
    changed: Sequence[Field], old: Mapping[str, Any], new: Mapping[str, Any], lost: str | None, lost_replaces: bool
) -> DiffResponse:
    """The engine's answer; `lost` is the output whose object is gone from the server, if any."""
    detailed = {
        field.name: PropertyDiff(_kind(field.name, old, new, field.change is Change.REPLACE), input_diff=True)
        for field in changed
    }
    if lost:
        kind = PropertyDiffKind.UPDATE_REPLACE if lost_replaces else PropertyDiffKind.UPDATE
        detailed[lost] = PropertyDiff(kind, input_diff=False)
    replaces = [field.name for field in changed if field.change is Change.REPLACE]
    if lost and lost_replaces:
        replaces.append(lost)
    return DiffResponse(changes=bool(detailed), replaces=replaces, diffs=list(detailed), detailed_diff=detailed)


def _kind(name: str, old: Collection[str], new: Collection[str], replaces: bool) -> PropertyDiffKind:
    if name not in old:
        return PropertyDiffKind.ADD_REPLACE if replaces else PropertyDiffKind.ADD
    if name not in new:
        return PropertyDiffKind.DELETE_REPLACE if replaces else PropertyDiffKind.DELETE
    return PropertyDiffKind.UPDATE_REPLACE if replaces else PropertyDiffKind.UPDATE
