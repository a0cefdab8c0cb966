"""Infisical set up as code: what its owner would otherwise click together."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

import infisical
from components.children import after, child_options
from components.config import Config, MachineIdentity
from components.generated_keys import GeneratedKeys
from components.infisical_server import InfisicalServer, InfisicalServerArgs
from components.operator_identity import OperatorIdentity, OperatorIdentityArgs
from components.seeded_values import SeededValues, SeededValuesArgs
from declaration.homelab import REDIS_URL
from declaration.rotations import CLIENT_SECRET
from declaration.site import Managed


@dataclass(frozen=True)
class ManagedInfisicalArgs:
    """The homelab, what of it this program sets Infisical up with, and the keys that the server starts with."""

    config: Config = field(repr=False)
    managed: Managed
    keys: GeneratedKeys


class ManagedInfisical(pulumi.ComponentResource):
    """The server with its project, a value for each key that has one to start with, and the operator's identity."""

    connection: infisical.Provider
    project_id: pulumi.Output[str]
    machine_identity: MachineIdentity
    client_secret_id: pulumi.Output[str]
    values: SeededValues
    delivery_seconds: int

    def __init__(self, name: str, args: ManagedInfisicalArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:ManagedInfisical", name, None, opts)
        config = args.config
        triggers = args.keys.triggers
        if config.redis_url:
            triggers[REDIS_URL] = args.keys.trigger(config.redis_url)
        server_args = InfisicalServerArgs(
            args.managed, triggers, config.earlier_admin, config.store, config.apps, config.cluster
        )
        server = InfisicalServer("server", server_args, child_options(self, opts))
        within = pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self), after(server))
        values_args = SeededValuesArgs(server, config.store, config.apps, config.values, config.rotations)
        self.values = SeededValues("values", values_args, within)
        trigger = config.rotations.trigger(CLIENT_SECRET)
        operator_args = OperatorIdentityArgs(server, config.store, args.managed.operator, trigger)
        operator = OperatorIdentity("operator", operator_args, within)
        self.connection = server.connection
        self.project_id = server.project_id
        self.delivery_seconds = args.managed.delivery_seconds
        self.machine_identity = operator.machine_identity
        self.client_secret_id = operator.client_secret_id
        self.register_outputs({})
