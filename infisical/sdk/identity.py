"""A machine identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from infisical.sdk.resource import Resource


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """
    What the identity may read, and for how long and from where its tokens serve.

    `paths` is the folders that it reads, each with all below; the root where it is not given. Access tokens live
    `access_token_ttl` seconds (3600), at most `access_token_max_ttl` (86400) when renewed. `trusted_ips` is the
    networks that it may be used from; all where it is not given. `identity_id` says which one to adopt where several
    have the name, since names are not unique.
    """

    name: pulumi.Input[str]
    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    paths: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    access_token_ttl: pulumi.Input[float] | None = None
    access_token_max_ttl: pulumi.Input[float] | None = None
    trusted_ips: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    identity_id: pulumi.Input[str] | None = None


class Identity(Resource):
    """
    A machine identity with universal auth that reads some folders of one environment and can do nothing else.

    It gets the project role `no-access` and an additional privilege; where the server refuses those, the role
    `viewer`, with a warning and `access_mode` telling so; never `member` or `admin`. It is done when a trial login
    can read. Where exactly one identity has the name, that one is adopted, and deleted with the resource: set
    `retain_on_delete` if that is not wanted. Its id is the name; to import it, give
    `<name or id>@<project's slug>/<environment>`.
    """

    identity_id: pulumi.Output[str]
    client_id: pulumi.Output[str]
    access_mode: pulumi.Output[str]
    """`privilege` or `viewer`."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "name": args.name,
            "project_id": args.project_id,
            "environment": args.environment,
            "paths": args.paths,
            "access_token_ttl": args.access_token_ttl,
            "access_token_max_ttl": args.access_token_max_ttl,
            "trusted_ips": args.trusted_ips,
            "identity_id": args.identity_id,
            "client_id": None,
            "access_mode": None,
        }
        super().__init__("Identity", name, properties, opts)
