"""Stops the program before it changes what the owner already has."""

from __future__ import annotations

from dataclasses import replace

import pulumi

import infisical
from components.children import child_options
from components.config import Config
from declaration import DeclarationError
from declaration.existing import Comparison, compare, literals, missing
from declaration.objects import FIELD_MANAGER


class ExistingObjects(pulumi.ComponentResource):
    """
    The connection to the cluster, after a look at what exists there already.

    Only the declaration's `adopt: true` takes an existing Secret or ExternalSecret over, and the output says so.

    :raises pulumi.RunError: an object that somebody else made is in the way; no object was registered yet
    """

    cluster: infisical.Provider
    project: bool
    """Whether somebody else made Argo CD's project."""

    def __init__(self, name: str, *, config: Config, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:ExistingObjects", name, None, opts)
        self.cluster = infisical.Provider(
            "cluster",
            infisical.ProviderArgs(kubeconfig=config.cluster.kubeconfig, context=config.cluster.context),
            child_options(self, opts),
        )
        secrets = {f"{app.namespace}/{app.secret_name}" for app in config.delivered_apps}
        found = infisical.existing(
            self.cluster,
            manager=FIELD_MANAGER,
            secrets=secrets,
            external_secrets=secrets,
            namespaces={app.namespace for app in config.delivered_apps if app.creates_namespace},
            projects=[f"{config.argocd.namespace}/{config.argocd.project}"],
            literals=literals(config.delivered_apps),
        )
        if found.unreachable:
            _report_unchecked(found.unreachable)
        self.project = any(each.kind == "AppProject" for each in found.objects)
        managed = config.infisical.managed is not None
        compared = compare(config.delivered_apps, found.objects, managed=managed)
        _report(replace(compared, problems=(*compared.problems, *missing(config.argocd, found.missing_projects))))
        self.register_outputs({})


def _report(compared: Comparison) -> None:
    if compared.problems:
        error = DeclarationError(f"Pulumi.{pulumi.get_stack()}.yaml", compared.problems)
        raise pulumi.RunError(str(error))
    for takeover in compared.takeovers:
        pulumi.log.info(takeover)
    for warning in compared.warnings:
        pulumi.log.warn(warning)


def _report_unchecked(cause: str) -> None:
    """A preview goes on without the check. An update must not."""
    if pulumi.runtime.is_dry_run():
        pulumi.log.warn(f"Existing objects were not checked. {cause}")
        return
    message = f"Existing objects cannot be checked; nothing was changed. {cause}"
    raise pulumi.RunError(message)
