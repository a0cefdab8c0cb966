"""Stops the program before it changes what the owner already has."""

from __future__ import annotations

from typing import Final

import pulumi

import infisical
from components.base.children import child_options
from components.base.labels import this_stack
from components.config import Config
from components.declared_fields import declared_fields
from declaration import DeclarationError, Generate
from declaration.cluster.changed_fields import refusal
from declaration.cluster.existing import Comparison, compare, literals, missing, owned_by_others
from declaration.cluster.external_secrets import spec
from declaration.cluster.needed_objects import needed_objects, not_compared, not_found
from declaration.cluster.operator_release import lacking, operator_fields
from declaration.objects import FIELD_MANAGER, STACK

DELETION_SECONDS: Final = 300
"""How long an update waits until a namespace is deleted."""


class ExistingObjects(pulumi.ComponentResource):
    """
    The connection to the cluster, after a look at what exists there already.

    Only the declaration's `adopt: true` takes an existing Secret or ExternalSecret over, and the output says so.
    A field that others changed stops preview and update alike: otherwise Pulumi overwrites some, and refuses others.

    :raises pulumi.RunError: an object that somebody else made or changed is in the way; no object was registered yet
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
        found = self._settled(config)
        if found.unreachable:
            _report_unchecked(found.unreachable)
        self.project = any(each.kind == "AppProject" for each in found.objects)
        managed, files = config.infisical.managed is not None, config.app_files
        compared = compare(config.delivered_apps, found.objects, managed=managed)
        # A project of others is read, not written.
        changed = [each for each in found.changed if each.made or each.kind != "AppProject"]
        problems = (
            *map(files.located, compared.problems),
            *missing(config.argocd, found.missing_projects),
            *map(files.located, lacking(found.missing_fields, config.delivered_secrets)),
            *map(files.located, owned_by_others(config.delivered_apps, config.store, found.of_other_stacks)),
        )
        missing_objects = not_found(config.delivered_secrets, found.missing_objects)
        takeovers, warnings = (
            tuple(map(files.in_text, each)) for each in (compared.takeovers, (*compared.warnings, *missing_objects))
        )
        _report(config, Comparison(problems, takeovers, warnings), refusal(changed))
        if uncompared := not_compared(config.delivered_secrets) if managed else "":
            pulumi.log.info(uncompared)
        self._values = _values(config)
        self.register_outputs({})

    def _settled(self, config: Config) -> infisical.Existing:
        """What exists once no namespace that the program makes is being deleted. A preview does not wait for that."""
        found = self._find(config)
        if not found.ending_namespaces:
            return found
        ending = f"Namespaces that are still being deleted: {', '.join(found.ending_namespaces)}"
        if pulumi.runtime.is_dry_run():
            pulumi.log.warn(f"{ending}. An update waits until they are gone.")
            return found
        pulumi.log.info(f"{ending}. Waiting until they are gone.")
        found = self._find(config, DELETION_SECONDS)
        if found.ending_namespaces:
            message = (
                f"Namespaces that are still being deleted after {DELETION_SECONDS} s: "
                f"{', '.join(found.ending_namespaces)}. Nothing was changed. Run `kubectl get namespace "
                f"{found.ending_namespaces[0]} -o yaml`: its conditions name what is left. Then run `pulumi up`."
            )
            raise pulumi.RunError(message)
        return found

    def _find(self, config: Config, wait_seconds: int | None = None) -> infisical.Existing:
        secrets = {secret.place for secret in config.delivered_secrets}
        return infisical.existing(
            self.cluster,
            manager=FIELD_MANAGER,
            stack=this_stack(),
            annotation=STACK,
            secrets=secrets,
            external_secrets={secret.external_secret_place for secret in config.delivered_secrets},
            writers={
                secret.place: secret.external_secret_place
                for secret in config.delivered_secrets
                if secret.external_secret
            },
            takeovers={
                secret.external_secret_place: spec(
                    secret, config.store.folder(secret.app), config.store_path, config.store.name
                )
                for secret in config.delivered_secrets
                if secret.adopt
            },
            namespaces={app.namespace for app in config.delivered_apps if app.creates_namespace},
            projects=[f"{config.argocd.namespace}/{config.argocd.project}"]
            if config.infisical.install == "argocd"
            else [],
            operator_fields=operator_fields(config.store, config.delivered_secrets),
            needed=[vars(each) for each in needed_objects(config.delivered_secrets)],
            literals=literals(config.delivered_secrets),
            declared=declared_fields(config),
            wait_seconds=wait_seconds,
        )

    def checked_values(self, opts: pulumi.ResourceOptions | None) -> pulumi.Resource:
        """
        The check that no update removes the last copy of a value from the state. No app's key is generated before it.

        :param opts: what is previewed first: a preview ends at a failed check, and would not show it
        """
        return infisical.ImmutableKeys("immutable-keys", self._values, child_options(self, opts, provider=self.cluster))


def _values(config: Config) -> infisical.ImmutableKeysArgs:
    managed = config.infisical.managed is not None
    keys = config.keys.all if managed else ()
    generated = [key for key in keys if isinstance(key.declared.source, Generate)]
    immutable = [key for key in keys if key.declared.immutable]
    return infisical.ImmutableKeysArgs(
        managed=managed,
        installed=config.infisical.is_installed,
        keys={key.resource: "generate" if key in generated else "given" for key in immutable},
        declared=sorted({name for key in keys for name in (key.resource, *key.earlier)}),
        generated=sorted({name for key in generated for name in (key.resource, *key.earlier)}),
    )


def _report(config: Config, compared: Comparison, changed: str) -> None:
    errors = []
    if compared.problems:
        errors = [str(DeclarationError(config.source, compared.problems, config.next_command))]
    if errors := [*errors, *filter(None, [changed])]:
        raise pulumi.RunError("\n\n".join(errors))
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
