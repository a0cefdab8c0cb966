"""A machine identity's credential."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.base.resource import Resource


@dataclass(frozen=True, kw_only=True)
class ClientSecretArgs:
    """
    `trigger` is any string; a new one creates a new client secret.

    `prove_login` tests the client secret by one login before anything uses it; true by default.

    `delivered_to` is the Secret that the operator logs in with, as `<namespace>/<name>`. If it holds other credentials,
    the next update replaces the client secret, so that Pulumi writes the Secret again.
    """

    identity_id: pulumi.Input[str]
    trigger: pulumi.Input[str] | None = None
    prove_login: pulumi.Input[bool] | None = None
    delivered_to: pulumi.Input[str] | None = None


class ClientSecret(Resource):
    """
    A client secret of a machine identity.

    A new `trigger` replaces the resource: a new client secret is created and tested by a login, its dependents are
    updated, and only then the old one is revoked. So the old one is valid until nothing uses it: three bad logins
    would lock the identity. A client secret that was revoked by hand is replaced by the next update.

    To import one, use the ID `<identity ID>/<client secret ID>`. Infisical does not return its value, so the value is
    unknown until the next rotation.
    """

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]
    """Marked as secret."""
    client_secret_id: pulumi.Output[str]
    created_on: pulumi.Output[str]
    """The date of its creation, YYYY-MM-DD."""

    def __init__(self, name: str, args: ClientSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "identity_id": args.identity_id,
            "trigger": args.trigger,
            "prove_login": args.prove_login,
            "delivered_to": args.delivered_to,
            "client_id": None,
            "client_secret": None,
            "client_secret_id": None,
            "created_on": None,
        }
        super().__init__("ClientSecret", name, properties, opts, secret_outputs=("client_secret",))
