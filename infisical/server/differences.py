"""The difference between old and new inputs, as the engine expects it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from pulumi.runtime.proto import provider_pb2

from infisical.handlers.base.fields import Change, Field

Kind = provider_pb2.PropertyDiff.Kind


@dataclass(frozen=True)
class Difference:
    """
    What changed: the kind of each changed input, those that replace the resource, and the output that is lost.

    `lost` is an output whose object is gone from the server; empty if there is none.
    """

    kinds: Mapping[str, Any]
    replaces: Sequence[str]
    lost: str = ""

    @property
    def changes(self) -> bool:
        return bool(self.kinds)

    def message(self) -> provider_pb2.DiffResponse:
        found = {
            name: provider_pb2.PropertyDiff(kind=kind, inputDiff=name != self.lost) for name, kind in self.kinds.items()
        }
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found else provider_pb2.DiffResponse.DIFF_NONE,
            diffs=list(found),
            replaces=self.replaces,
            detailedDiff=found,
            hasDetailedDiff=True,
        )


def difference(
    changed: Sequence[Field], old: Mapping[str, Any], new: Mapping[str, Any], lost: str | None, lost_replaces: bool
) -> Difference:
    """`lost` is the output whose object is gone from the server, if any."""
    kinds = {field.name: _kind(field.name, old, new, field.change is Change.REPLACE) for field in changed}
    replaces = [field.name for field in changed if field.change is Change.REPLACE]
    if lost:
        kinds[lost] = Kind.UPDATE_REPLACE if lost_replaces else Kind.UPDATE
        if lost_replaces:
            replaces.append(lost)
    return Difference(kinds, replaces, lost or "")


def _kind(name: str, old: Collection[str], new: Collection[str], replaces: bool) -> Any:
    if name not in old:
        return Kind.ADD_REPLACE if replaces else Kind.ADD
    if name not in new:
        return Kind.DELETE_REPLACE if replaces else Kind.DELETE
    return Kind.UPDATE_REPLACE if replaces else Kind.UPDATE
