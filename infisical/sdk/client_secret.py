"""A machine identity's credential."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from infisical.sdk.resource import Resource


@dataclass(frozen=True, kw_only=True)
class ClientSecretArgs:
    """
    Whose it is, and `trigger`: any text, and another one makes a new client secret.

    `prove_login` is whether to log in with it once, before anything gets it; so it is where it is not given.
    """

    identity_id: pulumi.Input[str]
    trigger: pulumi.Input[str] | None = None
    prove_login: pulumi.Input[bool] | None = None


class ClientSecret(Resource):
    """
    A client secret.

    A rotation replaces the resource: a new one is made and proven to log in, then whatever uses it is updated, and
    only then the old one is revoked. Whoever still logs in with the old one meanwhile, succeeds: three bad logins
    would lock the identity. One that was revoked by hand is replaced by the next update. To import one, give
    `<identity id>/<client secret id>`; its value, which nobody can read, is known after its next rotation.
    """

    client_id: pulumi.Output[str]
    client_secret: pulumi.Output[str]
    """Secret."""
    client_secret_id: pulumi.Output[str]

    def __init__(self, name: str, args: ClientSecretArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        properties: dict[str, object] = {
            "identity_id": args.identity_id,
            "trigger": args.trigger,
            "prove_login": args.prove_login,
            "client_id": None,
            "client_secret": None,
            "client_secret_id": None,
        }
        super().__init__("ClientSecret", name, properties, opts, secret_outputs=("client_secret",))
