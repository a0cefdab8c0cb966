"""Infisical's server, set up: its administrator and organization, the project, its environment and folders."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

import infisical
from components.application import SERVER
from components.children import child_options
from components.config import AdminLogin
from components.random_values import random_password
from declaration.homelab import ClusterAccess
from declaration.inventory import INFISICAL_NAMESPACE, App
from declaration.site import Managed, Store


@dataclass(frozen=True)
class InfisicalServerArgs:
    """
    What to set the server up with, or how to enter it where that was done before, and what the store reads of it.

    `triggers` has a string for each key that the server reads only at its start; a new string restarts it.
    """

    managed: Managed
    triggers: Mapping[str, pulumi.Output[str]]
    earlier_admin: AdminLogin
    store: Store
    apps: tuple[App, ...]
    cluster: ClusterAccess


class InfisicalServer(pulumi.ComponentResource):
    """Waits for the server, sets it up exactly once, and makes what the homelab's values need to have a place."""

    connection: infisical.Provider
    project_id: pulumi.Output[str]

    def __init__(self, name: str, args: InfisicalServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:InfisicalServer", name, None, opts)
        store, child = args.store, child_options(self, opts)
        # Generated whatever the config gives: a password that comes or goes there must not take this one with it.
        password = random_password("infisical-admin-password", 32, child_options(self, None, protect=True))
        self.connection = infisical.Provider(
            "infisical",
            infisical.ProviderArgs(
                url=args.managed.api_url,
                email=args.managed.admin_email,
                password=args.earlier_admin.password or password,
                organization=args.managed.organization,
                token=args.earlier_admin.token,
                kubeconfig=args.cluster.kubeconfig,
                context=args.cluster.context,
            ),
            child,
        )
        restart = infisical.Restart(
            "infisical",
            infisical.RestartArgs(
                namespace=INFISICAL_NAMESPACE, workloads=[f"deployment/{SERVER}"], triggers=args.triggers
            ),
            child_options(self, opts, provider=self.connection),
        )
        waits = child_options(self, opts, provider=self.connection, depends_on=[restart])
        instance = infisical.Instance("infisical", opts=waits)
        project = infisical.Project(
            store.project_slug,
            infisical.ProjectArgs(
                slug=store.project_slug,
                name=store.project_slug,
                environments={store.environment_slug: store.environment_slug},
            ),
            # Deleting it would delete every value with it.
            child_options(self, None, provider=self.connection, depends_on=[instance], protect=True),
        )
        self.project_id = project.project_id
        for path in sorted({store.secrets_path, *(store.folder(app.name) for app in args.apps)} - {"/"}):
            infisical.Folder(
                path,
                infisical.FolderArgs(project_id=self.project_id, environment=store.environment_slug, path=path),
                child_options(self, None, provider=self.connection),
            )
        self.register_outputs({})
