"""Infisical set up as code: server, values, and the operator's identity."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

import infisical
from components.children import child_options
from components.config import AdminLogin, MachineIdentity
from components.generated_keys import GeneratedKeys
from components.infisical_server import InfisicalServer
from components.operator_identity import OperatorIdentity
from components.seeded_values import SeededValues
from declaration import REDIS_URL, ArgoCd, ClusterAccess, KeyId, Keys, Managed, Rotations, Store
from declaration.rotations import CLIENT_SECRET


class ManagedInfisical(pulumi.ComponentResource):
    """
    The server with its project, a value for each key that has a first value, and the operator's identity.

    :param keys: Infisical's own keys; a new one restarts the server. None if it does not run in this cluster
    :param redis_url: as `keys`, with an external database
    :param readable_folders: the folders of the keys that the operator delivers
    :param whole_folders: those whose keys it delivers together
    :param earlier_admin: the login, if Infisical was set up before
    :param given: the values of the stack config
    :param separate_redis: as in `InfisicalServer`
    :param argocd: as in `InfisicalServer`
    :param restored: as in `SeededValues`, with `checked`
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
        managed: Managed,
        separate_redis: bool,
        keys: GeneratedKeys | None,
        redis_url: pulumi.Output[str] | None,
        earlier_admin: AdminLogin,
        store: Store,
        keys_of_apps: Keys,
        readable_folders: tuple[str, ...],
        whole_folders: tuple[str, ...],
        given: Mapping[KeyId, pulumi.Output[str]],
        rotations: Rotations,
        restored: Mapping[KeyId, str],
        checked: pulumi.Resource,
        cluster: ClusterAccess,
        argocd: ArgoCd | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:ManagedInfisical", name, None, opts)
        server = InfisicalServer(
            "server",
            managed=managed,
            separate_redis=separate_redis,
            triggers=_triggers(keys, redis_url) if keys else None,
            earlier_admin=earlier_admin,
            store=store,
            keys=keys_of_apps,
            whole_folders=whole_folders,
            cluster=cluster,
            argocd=argocd,
            opts=child_options(self, opts),
        )
        within = pulumi.ResourceOptions(parent=self)
        self.values = SeededValues(
            "values",
            server=server,
            store=store,
            keys=keys_of_apps,
            given=given,
            rotations=rotations,
            restored=restored,
            checked=checked,
            opts=within,
        )
        operator = OperatorIdentity(
            "operator",
            server=server,
            store=store,
            login=managed.operator,
            paths=readable_folders,
            whole_folders=whole_folders,
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


def _triggers(keys: GeneratedKeys, redis_url: pulumi.Output[str] | None) -> dict[str, pulumi.Output[str]]:
    return {**keys.triggers, **({REDIS_URL: keys.trigger(redis_url)} if redis_url else {})}
