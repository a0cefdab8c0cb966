"""Infisical set up as code: server, values, and the operator's identity."""

from __future__ import annotations

import pulumi

import infisical
from components.base.children import child_options
from components.config import Config, MachineIdentity
from components.installation.generated_keys import GeneratedKeys
from components.managed.infisical_server import InfisicalServer
from components.managed.operator_identity import OperatorIdentity
from components.managed.seeded_values import SeededValues
from declaration import REDIS_URL
from declaration.values.rotations import CLIENT_SECRET


class ManagedInfisical(pulumi.ComponentResource):
    """
    The server with its project, a value for each key that has a first value, and the operator's identity.

    :param keys: Infisical's own keys; a new one restarts the server. None if it does not run in this cluster
    :param checked: as in `SeededValues`
    """

    connection: infisical.Provider
    project_id: pulumi.Output[str]
    machine_identity: MachineIdentity
    client_secret_id: pulumi.Output[str]
    client_secret_created_on: pulumi.Output[str]
    readable_paths: pulumi.Output[list[str]]
    values: SeededValues
    delivery_seconds: int
    restart_seconds: int

    def __init__(
        self,
        name: str,
        *,
        config: Config,
        keys: GeneratedKeys | None,
        checked: pulumi.Resource,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:ManagedInfisical", name, None, opts)
        managed, store, rotations = config.infisical.managed, config.store, config.rotations
        assert managed
        server = InfisicalServer(
            "server",
            managed=managed,
            separate_redis=config.infisical.database_in_use == "separate",
            triggers=_triggers(keys, config) if keys else None,
            earlier_admin=config.earlier_admin,
            store=store,
            keys=config.keys,
            whole_folders=config.whole_folders,
            cluster=config.cluster,
            argocd=config.argocd if config.infisical.install == "argocd" else None,
            opts=child_options(self, opts),
        )
        within = pulumi.ResourceOptions(parent=self)
        self.values = SeededValues(
            "values",
            server=server,
            store=store,
            keys=config.keys,
            given=config.values,
            rotations=rotations,
            restored=config.restored,
            checked=checked,
            opts=within,
        )
        operator = OperatorIdentity(
            "operator",
            server=server,
            store=store,
            login=managed.operator,
            paths=config.readable_folders,
            whole_folders=config.whole_folders,
            trigger=rotations.trigger(CLIENT_SECRET),
            opts=within,
        )
        self.connection = server.connection
        self.project_id = server.project_id
        self.delivery_seconds = managed.delivery_seconds
        self.restart_seconds = managed.restart_seconds
        self.machine_identity = operator.machine_identity
        self.client_secret_id = operator.client_secret_id
        self.client_secret_created_on = operator.client_secret_created_on
        self.readable_paths = operator.readable_paths
        self.register_outputs({})


def _triggers(keys: GeneratedKeys, config: Config) -> dict[str, pulumi.Output[str]]:
    if config.redis_url is None:
        return {**keys.triggers}
    external = config.infisical.external
    # Infisical reads the Sentinels when it starts.
    sentinel = f" {external.sentinel}" if external and external.sentinel else ""
    return {**keys.triggers, REDIS_URL: keys.trigger(config.redis_url.apply(lambda url: url + sentinel))}
