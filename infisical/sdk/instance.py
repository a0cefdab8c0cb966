"""A server that is set up."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.resource import Resource


@dataclass(frozen=True, kw_only=True)
class InstanceArgs:
    """How many seconds to wait for the server's first answer; ten minutes where it is not given."""

    timeout_seconds: pulumi.Input[float] | None = None


class Instance(Resource):
    """
    The server of the provider's `url`, with its administrator and organization.

    Waits until the server answers, then sets it up exactly once, or adopts it where the provider's login fits; a
    server of somebody else's is an error. Whatever else is declared there has to wait for it: give it `depends_on`.
    Deleting it deletes nothing on the server. Its id, also to import it, is the organization's name.
    """

    url: pulumi.Output[str]
    organization_id: pulumi.Output[str]
    admin_email: pulumi.Output[str]
    """Who administers it; empty where the provider uses a token."""

    def __init__(self, name: str, args: InstanceArgs | None = None, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "timeout_seconds": args.timeout_seconds if args else None,
            "url": None,
            "organization_id": None,
            "admin_email": None,
        }
        super().__init__("Instance", name, properties, opts)
