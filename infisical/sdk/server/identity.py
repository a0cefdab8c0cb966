"""A machine identity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class IdentityArgs:
    """
    What the identity may read, and how long and from where its tokens are valid.

    - `paths` are the folders that it reads, each with its subfolders; all by default.
    - Access tokens live `access_token_ttl` seconds (3600), and `access_token_max_ttl` (86400) when renewed.
    - `trusted_ips` are the networks from which it may log in and read; all by default.
    - `adopt` takes over an identity of this name that the stack did not create. It is brought to least privilege.
    - `timeout_seconds` is how long to wait until its access is in effect (45).
    - `identity_id` says which identity to adopt if several have the name: names are not unique.
    """

    name: pulumi.Input[str]
    project_id: pulumi.Input[str]
    environment: pulumi.Input[str]
    paths: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    access_token_ttl: pulumi.Input[float] | None = None
    access_token_max_ttl: pulumi.Input[float] | None = None
    trusted_ips: pulumi.Input[Sequence[pulumi.Input[str]]] | None = None
    adopt: pulumi.Input[bool] | None = None
    identity_id: pulumi.Input[str] | None = None
    timeout_seconds: pulumi.Input[float] | None = None


class Identity(Resource):
    """
    A machine identity with universal auth that reads some folders of one environment, and nothing else.

    It gets the project role `no-access` and an additional privilege. If the server refuses privileges, it gets the
    role `viewer`, with a warning; never `member` or `admin`. It is done when a test login can read the folders.

    An identity of this name that the stack did not create stops the preview and the update, unless `adopt` is set. An
    adopted identity is released, and not deleted, with the resource.

    Its ID is the name. To import it, use `<name or ID>@<project's slug>/<environment>`.
    """

    identity_id: pulumi.Output[str]
    client_id: pulumi.Output[str]
    access_mode: pulumi.Output[str]
    """`privilege` or `viewer`."""
    origin: pulumi.Output[str]
    """`created` or `adopted`."""

    def __init__(self, name: str, args: IdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "name": args.name,
            "project_id": args.project_id,
            "environment": args.environment,
            "paths": args.paths,
            "access_token_ttl": args.access_token_ttl,
            "access_token_max_ttl": args.access_token_max_ttl,
            "trusted_ips": args.trusted_ips,
            "adopt": args.adopt,
            "timeout_seconds": args.timeout_seconds,
            "identity_id": args.identity_id,
            "client_id": None,
            "access_mode": None,
            "origin": None,
        }
        super().__init__("Identity", name, properties, opts)
