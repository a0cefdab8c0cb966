"""The connection to one server."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from infisical.package import NAME
from infisical.sdk.base.resource import with_version


@dataclass(frozen=True, kw_only=True)
class ProviderArgs:
    """
    The server and the login.

    `email`, `password` and `organization` set up an empty server, and are the login from then on: generate the
    password and protect it. A `token` of an identity or user that administers the organization takes precedence: use
    it to adopt a server that was set up before. `client_id` and `client_secret` are the universal auth of an identity
    that administers the organization, for a server that this program does not install. `ca_bundle` has the PEM
    certificates that are trusted for the server, instead of the machine's own.

    `kubeconfig` (its content or path) and `context` lead to the apps' cluster. They mean what they mean for Pulumi's
    Kubernetes provider, and default to the ambient ones. Without `url` and a login, the provider reaches only the
    cluster: for `existing` and `OwnedNamespace`.
    """

    url: pulumi.Input[str] | None = None
    email: pulumi.Input[str] | None = None
    password: pulumi.Input[str] | None = field(default=None, repr=False)
    organization: pulumi.Input[str] | None = None
    token: pulumi.Input[str] | None = field(default=None, repr=False)
    client_id: pulumi.Input[str] | None = field(default=None, repr=False)
    client_secret: pulumi.Input[str] | None = field(default=None, repr=False)
    ca_bundle: str | None = None
    kubeconfig: pulumi.Input[str] | None = field(default=None, repr=False)
    context: pulumi.Input[str] | None = None


class Provider(pulumi.ProviderResource):
    """
    Pass it to every resource of this package, with `opts=ResourceOptions(provider=…)`.

    The login belongs to the provider's configuration, so it is in the state once, encrypted, and one process logs in
    once for all resources. It logs in at its first call, so the same program can deploy the server.
    """

    def __init__(self, name: str, args: ProviderArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties = {
            "url": args.url,
            "email": args.email,
            "password": pulumi.Output.secret(args.password) if args.password is not None else None,
            "organization": args.organization,
            "token": pulumi.Output.secret(args.token) if args.token is not None else None,
            "clientId": pulumi.Output.secret(args.client_id) if args.client_id is not None else None,
            "clientSecret": pulumi.Output.secret(args.client_secret) if args.client_secret is not None else None,
            "caBundle": args.ca_bundle,
            "kubeconfig": pulumi.Output.secret(args.kubeconfig) if args.kubeconfig is not None else None,
            "context": args.context,
        }
        super().__init__(NAME, name, properties, with_version(opts))
