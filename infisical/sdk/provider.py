"""The connection to one server."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from infisical.package import NAME
from infisical.sdk.resource import with_version


@dataclass(frozen=True, kw_only=True)
class ProviderArgs:
    """
    The server and the login.

    `email`, `password` and `organization` are what an empty server is set up with, and the login later on: generate
    the password and protect it. A `token`, of an identity or user that administers the organization, is used instead
    of them where it is given: to adopt a server that somebody set up before.

    `kubeconfig` (its text or path) and `context` are for `Delivery` alone, and mean what they mean to Pulumi's
    Kubernetes provider: the ambient ones where they are not given.
    """

    url: pulumi.Input[str]
    email: pulumi.Input[str] | None = None
    password: pulumi.Input[str] | None = field(default=None, repr=False)
    organization: pulumi.Input[str] | None = None
    token: pulumi.Input[str] | None = field(default=None, repr=False)
    kubeconfig: pulumi.Input[str] | None = field(default=None, repr=False)
    context: pulumi.Input[str] | None = None


class Provider(pulumi.ProviderResource):
    """
    Give it to every resource of this package, with `opts=ResourceOptions(provider=…)`.

    The login is configuration of the provider and not an argument of each resource: so it stands once in the state,
    encrypted, and one process of the provider logs in once for all its resources. It logs in with its first call,
    long after it was made: the server may be deployed by the same program.
    """

    def __init__(self, name: str, args: ProviderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties = {
            "url": args.url,
            "email": args.email,
            "password": pulumi.Output.secret(args.password) if args.password is not None else None,
            "organization": args.organization,
            "token": pulumi.Output.secret(args.token) if args.token is not None else None,
            "kubeconfig": pulumi.Output.secret(args.kubeconfig) if args.kubeconfig is not None else None,
            "context": args.context,
        }
        super().__init__(NAME, name, properties, with_version(opts))
