"""The External Secrets Operator's machine identity at Infisical."""

from __future__ import annotations

import pulumi

import infisical
from components.base.children import child_options
from components.config import MachineIdentity
from components.managed.infisical_server import InfisicalServer
from declaration import OperatorLogin, Store
from declaration.objects import ESO_NAMESPACE

IDENTITY = "homelab-eso"


class OperatorIdentity(pulumi.ComponentResource):
    """
    The declared identity: it reads folders of the store's environment, and can do nothing else.

    :param paths: the folders, each with all folders below it
    :param whole_folders: those that the operator lists: its stores are not Ready before they exist
    :param trigger: a new trigger rotates the client secret
    """

    machine_identity: MachineIdentity
    client_secret_id: pulumi.Output[str]
    """Changes when the client secret is rotated. Not secret."""
    client_secret_created_on: pulumi.Output[str]
    """YYYY-MM-DD."""
    readable_paths: pulumi.Output[list[str]]
    """The folders of the store's environment that it reads; empty for the whole project."""

    def __init__(
        self,
        name: str,
        *,
        server: InfisicalServer,
        store: Store,
        login: OperatorLogin,
        paths: tuple[str, ...],
        whole_folders: tuple[str, ...],
        trigger: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:OperatorIdentity", name, None, opts)
        folders = [server.folders[path] for path in dict.fromkeys((*paths, *whole_folders, store.check_path))]
        child = child_options(self, opts, provider=server.connection, depends_on=folders)
        identity = infisical.Identity(
            IDENTITY,
            infisical.IdentityArgs(
                name=login.name,
                adopt=login.adopt or None,
                project_id=server.project_id,
                environment=store.environment_slug,
                paths=list(paths),
                access_token_ttl=login.access_token_seconds,
                access_token_max_ttl=login.access_token_max_seconds,
                trusted_ips=login.trusted_ips or None,
                timeout_seconds=login.access_seconds,
            ),
            child,
        )
        secret = infisical.ClientSecret(
            IDENTITY,
            infisical.ClientSecretArgs(
                identity_id=identity.identity_id,
                trigger=trigger,
                # This machine may be outside the trusted networks. The delivery checks then prove the login.
                prove_login=False if login.trusted_ips else None,
                delivered_to=f"{ESO_NAMESPACE}/{store.machine_identity_secret}",
            ),
            child,
        )
        self.machine_identity = MachineIdentity(secret.client_id, secret.client_secret)
        self.client_secret_id = secret.client_secret_id
        self.client_secret_created_on = secret.created_on
        # A server that refuses privileges makes it a viewer of the whole project.
        self.readable_paths = identity.access_mode.apply(lambda mode: list(paths) if mode == "privilege" else [])
        self.register_outputs({})
