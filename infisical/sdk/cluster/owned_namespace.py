"""The deletion of a namespace that the program makes."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class OwnedNamespaceArgs:
    """
    `manager` is the field manager with which the program writes the namespace. `timeout_seconds` is how long to wait
    until the namespace is deleted; 300 by default.
    """

    name: pulumi.Input[str]
    manager: pulumi.Input[str]
    timeout_seconds: pulumi.Input[float] | None = None


class OwnedNamespace(Resource):
    """
    Deletes a namespace that the program made, once nothing of others is in it. Otherwise the namespace is kept.

    Let the Namespace depend on it and retain it on deletion: everything in the namespace is then deleted before.
    Creating it refuses a namespace that somebody else made. It cannot be imported.
    """

    def __init__(self, name: str, args: OwnedNamespaceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "name": args.name,
            "manager": args.manager,
            "timeout_seconds": args.timeout_seconds,
        }
        super().__init__("OwnedNamespace", name, properties, opts)
