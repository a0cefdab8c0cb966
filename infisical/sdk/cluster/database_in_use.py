"""The database that Infisical uses."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class DatabaseInUseArgs:
    """`kind` is bundled, moving (bundled, next to a separate one), separate or external."""

    kind: str


class DatabaseInUse(Resource):
    """
    Refuses an update, already in its preview, that makes Infisical start with an empty database.

    It exists in the state only. Deleting it deletes nothing.
    """

    def __init__(self, name: str, args: DatabaseInUseArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("DatabaseInUse", name, {"kind": args.kind}, opts)
