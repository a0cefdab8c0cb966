"""Stops the program before it changes what the owner already has."""

from __future__ import annotations

import pulumi

import infisical
from components.config import Config
from declaration import DeclarationError
from declaration.existing import compare, literals, written_secrets
from declaration.objects import FIELD_MANAGER


def cluster_without_conflicts(name: str, *, config: Config) -> infisical.Provider:
    """
    The connection to the cluster, after a look at what exists there already.

    Only the declaration's `adopt: true` takes an existing Secret or ExternalSecret over, and the output says so.

    :raises pulumi.RunError: an object that somebody else made is in the way; no object was registered yet
    """
    access = infisical.ProviderArgs(kubeconfig=config.cluster.kubeconfig, context=config.cluster.context)
    cluster = infisical.Provider(name, access)
    found = infisical.existing(
        cluster,
        manager=FIELD_MANAGER,
        secrets=written_secrets(config.apps),
        external_secrets={f"{app.namespace}/{app.secret_name}" for app in config.apps},
        namespaces={app.namespace for app in config.apps if app.creates_namespace},
        literals=literals(config.apps),
    )
    if found.unreachable:
        _report_unchecked(found.unreachable)
    compared = compare(config.apps, found.objects, managed=config.infisical.managed is not None)
    if compared.problems:
        error = DeclarationError(f"Pulumi.{pulumi.get_stack()}.yaml", compared.problems)
        raise pulumi.RunError(str(error))
    for takeover in compared.takeovers:
        pulumi.log.info(takeover)
    for warning in compared.warnings:
        pulumi.log.warn(warning)
    return cluster


def _report_unchecked(cause: str) -> None:
    """A preview goes on without the check. An update must not."""
    if pulumi.runtime.is_dry_run():
        pulumi.log.warn(f"Existing objects were not checked. {cause}")
        return
    message = f"Existing objects cannot be checked; nothing was changed. {cause}"
    raise pulumi.RunError(message)
