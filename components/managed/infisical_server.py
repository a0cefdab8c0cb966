"""Infisical's server: its administrator and organization, the project, its environment and folders."""

from __future__ import annotations

from collections.abc import Mapping

import pulumi

import infisical
from components.base.children import child_options
from components.base.random_values import random_value
from components.config import AdminLogin
from declaration import ArgoCd, ClusterAccess, Generate, Keys, Managed, Store
from declaration.objects import APPLICATION, INFISICAL_NAMESPACE, SEPARATE_REDIS, SERVER
from declaration.values.rotations import REDIS_PASSWORD


class InfisicalServer(pulumi.ComponentResource):
    """
    Waits for the server, sets it up once, and creates the project, the environment and the folders.

    :param triggers: one for each key that the server reads only at its start; a new trigger restarts it. None if the
        server does not run in this cluster
    :param separate_redis: whether Redis reads its password from a Secret, when it starts
    :param argocd: None if no Application installs the server
    :param earlier_admin: the login, if Infisical was set up before
    """

    connection: infisical.Provider
    project_id: pulumi.Output[str]
    folders: Mapping[str, pulumi.Resource]
    """By path, what has to exist before something is in that folder. For the root folder, that is the project."""
    command_seconds: int

    def __init__(
        self,
        name: str,
        *,
        managed: Managed,
        separate_redis: bool,
        triggers: Mapping[str, pulumi.Output[str]] | None,
        earlier_admin: AdminLogin,
        store: Store,
        keys: Keys,
        whole_folders: tuple[str, ...],
        cluster: ClusterAccess,
        argocd: ArgoCd | None,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:InfisicalServer", name, None, opts)
        password = earlier_admin.password
        if triggers is not None:
            # Generated even if the config has a password: adding or removing that must not delete this one.
            protected = child_options(self, None, protect=True)
            generated = random_value("infisical-admin-password", Generate("password", 32), protected).value()
            password = password or generated
        self.connection = infisical.Provider(
            "infisical",
            infisical.ProviderArgs(
                url=managed.api_url,
                email=managed.admin_email or None,
                password=password,
                organization=managed.organization,
                token=earlier_admin.token,
                client_id=earlier_admin.client_id,
                client_secret=earlier_admin.client_secret,
                ca_bundle=managed.ca_bundle or None,
                kubeconfig=cluster.kubeconfig,
                context=cluster.context,
            ),
            child_options(self, opts),
        )
        restarts = [] if triggers is None else [self._restart(managed, triggers, separate_redis, opts)]
        instance = infisical.Instance(
            "infisical",
            infisical.InstanceArgs(
                timeout_seconds=managed.start_seconds,
                application=f"{argocd.namespace}/{APPLICATION}" if argocd else None,
            ),
            child_options(self, opts, provider=self.connection, depends_on=restarts),
        )
        project = infisical.Project(
            # Not its slug: with a new one, the values move from the project that the state knows.
            "project",
            infisical.ProjectArgs(
                slug=store.project_slug,
                name=store.project_slug,
                environments={store.environment_slug: store.environment_slug},
            ),
            # Protected: deleting the project deletes every value.
            child_options(self, None, provider=self.connection, depends_on=[instance], protect=True),
        )
        self.project_id = project.project_id
        self.command_seconds = managed.command_seconds
        paths = {store.secrets_path, store.check_path, *(key.folder for key in keys.all), *whole_folders}
        created = {
            path: infisical.Folder(
                path,
                infisical.FolderArgs(project_id=self.project_id, environment=store.environment_slug, path=path),
                child_options(self, None, provider=self.connection),
            )
            for path in sorted(paths - {"/"})
        }
        self.folders = {"/": project, **created}
        self.register_outputs({})

    def _restart(
        self,
        managed: Managed,
        triggers: Mapping[str, pulumi.Output[str]],
        separate_redis: bool,
        opts: pulumi.ResourceOptions | None,
    ) -> pulumi.Resource:
        before = []
        if separate_redis:
            redis = infisical.RestartArgs(
                namespace=INFISICAL_NAMESPACE,
                workloads=[f"statefulset/{SEPARATE_REDIS}-master"],
                triggers={REDIS_PASSWORD: triggers[REDIS_PASSWORD]},
                timeout_seconds=managed.restart_seconds,
            )
            before = [infisical.Restart("redis", redis, child_options(self, opts, provider=self.connection))]
        return infisical.Restart(
            "infisical",
            infisical.RestartArgs(
                namespace=INFISICAL_NAMESPACE,
                workloads=[f"deployment/{SERVER}"],
                triggers=triggers,
                timeout_seconds=managed.restart_seconds,
            ),
            child_options(self, opts, provider=self.connection, depends_on=before),
        )
