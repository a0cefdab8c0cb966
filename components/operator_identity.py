"""Who the External Secrets Operator is at Infisical."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

import infisical
from components.children import child_options
from components.config import MachineIdentity
from components.infisical_server import InfisicalServer
from declaration.site import OperatorLogin, Store

IDENTITY = "homelab-eso"


@dataclass(frozen=True)
class OperatorIdentityArgs:
    """
    The server, the store that the operator is to read, how the operator is let in, and the trigger that renews its
    client secret.
    """

    server: InfisicalServer
    store: Store
    login: OperatorLogin
    trigger: str


class OperatorIdentity(pulumi.ComponentResource):
    """The identity `homelab-eso`: it reads the store's environment below the store's path, and can do nothing else."""

    machine_identity: MachineIdentity
    client_secret_id: pulumi.Output[str]
    """Another one where the client secret was renewed; no secret itself."""

    def __init__(self, name: str, args: OperatorIdentityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:OperatorIdentity", name, None, opts)
        child = child_options(self, opts, provider=args.server.connection)
        identity = infisical.Identity(
            IDENTITY,
            infisical.IdentityArgs(
                name=IDENTITY,
                project_id=args.server.project_id,
                environment=args.store.environment_slug,
                paths=[args.store.secrets_path],
                access_token_ttl=args.login.access_token_seconds,
                access_token_max_ttl=args.login.access_token_max_seconds,
                trusted_ips=args.login.trusted_ips or None,
            ),
            child,
        )
        secret = infisical.ClientSecret(
            IDENTITY,
            infisical.ClientSecretArgs(
                identity_id=identity.identity_id,
                trigger=args.trigger,
                # Where only the operator's networks are trusted, this machine may not try it: the deliveries do.
                prove_login=False if args.login.trusted_ips else None,
            ),
            child,
        )
        self.machine_identity = MachineIdentity(secret.client_id, secret.client_secret)
        self.client_secret_id = secret.client_secret_id
        self.register_outputs({})
