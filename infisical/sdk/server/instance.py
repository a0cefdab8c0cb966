"""An Infisical server."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class InstanceArgs:
    """
    `timeout_seconds` is how long to wait for the server's first answer; 600 by default. `application` is the Argo CD
    Application that installs the server, `namespace/name`: its status is shown while the server does not answer.
    """

    timeout_seconds: pulumi.Input[float] | None = None
    application: pulumi.Input[str] | None = None


class Instance(Resource):
    """
    The server at the provider's `url`, with its administrator and organization.

    It waits until the server answers. Then it sets up an empty server exactly once, or adopts a server that accepts
    the provider's login; any other server is an error. Let all other resources of this package depend on it. Deleting
    it deletes nothing on the server. Its ID, also for an import, is the organization's name.
    """

    url: pulumi.Output[str]
    organization_id: pulumi.Output[str]
    admin_email: pulumi.Output[str]
    """The administrator's e-mail address; empty if the provider uses a token."""

    def __init__(self, name: str, args: InstanceArgs | None = None, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "timeout_seconds": args.timeout_seconds if args else None,
            "application": args.application if args else None,
            "url": None,
            "organization_id": None,
            "admin_email": None,
        }
        super().__init__("Instance", name, properties, opts)
