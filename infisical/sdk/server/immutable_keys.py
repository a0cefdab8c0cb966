"""The keys whose values must not get lost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class ImmutableKeysArgs:
    """
    `keys` maps the name of each immutable key to its source: "generate", or "given" for any other.

    `declared` has the names of all keys, earlier ones included, and `generated` those of the generated ones. A key of
    the previous update that is not among them is an error. `managed` is whether this program sets Infisical up,
    and `installed` whether Infisical runs with its keys.
    """

    managed: bool
    installed: bool
    keys: Mapping[str, str]
    declared: Sequence[str]
    generated: Sequence[str]


class ImmutableKeys(Resource):
    """
    Refuses an update, already in its preview, that no longer declares an immutable key of the previous one, or that no
    longer installs Infisical or sets it up.

    It exists in the state only. Deleting it deletes nothing.
    """

    def __init__(self, name: str, args: ImmutableKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "managed": args.managed,
            "installed": args.installed,
            "keys": args.keys,
            "declared": args.declared,
            "generated": args.generated,
        }
        super().__init__("ImmutableKeys", name, properties, opts)
