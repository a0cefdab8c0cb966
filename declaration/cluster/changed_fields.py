"""What to do about fields that others changed in objects of the program: take the change back, or declare it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Protocol

from declaration.config_keys import PROJECT, REDIS_URL
from declaration.objects import ARGOCD_SECRET, FIELD_MANAGER, OIDC_CLIENT_SECRET, PlacedObject


class ChangedField(Protocol):
    @property
    def path(self) -> str: ...
    @property
    def manager(self) -> str: ...


class ChangedObject(PlacedObject, Protocol):
    """A declared object with fields that others changed."""

    @property
    def made(self) -> bool: ...
    @property
    def fields(self) -> Sequence[ChangedField]: ...
    @property
    def release(self) -> str: ...


_VALUES: Final = ".spec.source.helm.valuesObject"
_SCOPE: Final = ".spec.provider.infisical.secretsScope"

SENTINEL: Final = ("HOSTS", "MASTER_NAME", "ENABLE_TLS", "USERNAME", "PASSWORD")
"""The ends of Infisical's variables for Redis Sentinel."""

_DECLARED_IN: Final = {
    "Application": {
        f"{_VALUES}.infisical.resources": "infisical.resources",
        f"{_VALUES}.infisical.replicaCount": "infisical.replicas",
        f"{_VALUES}.infisical.service.nodePort": "infisical.nodePort",
        f"{_VALUES}.postgresql.useExistingPostgresSecret": "infisical.database",
        f"{_VALUES}.postgresql.enabled": "infisical.database",
        f"{_VALUES}.redis.enabled": "infisical.database",
        f"{_VALUES}.postgresql.auth.password": "infisicalPostgresPassword",
        f"{_VALUES}.redis.auth.password": "infisicalRedisPassword",
        ".spec.source.targetRevision": "infisical.chartVersion",
        ".spec.project": "argocd.project",
    },
    "ClusterSecretStore": {
        ".spec.provider.infisical.hostAPI": "store.hostAPI",
        ".spec.provider.infisical.caBundle": "store.caBundle",
        ".spec.provider.infisical.caProvider": "store.caProvider",
        f"{_SCOPE}.projectSlug": "store.projectSlug",
        f"{_SCOPE}.environmentSlug": "store.environmentSlug",
        f"{_SCOPE}.secretsPath": "store.secretsPath",
        ".spec.conditions": "apps",
    },
    "ExternalSecret": {
        **dict.fromkeys((".spec.data", ".spec.dataFrom", ".spec.refreshInterval"), "apps"),
        **dict.fromkeys((".spec.target.creationPolicy", ".spec.target.immutable"), "apps"),
        **dict.fromkeys((".spec.target.template.data", ".spec.target.template.type"), "apps"),
        **dict.fromkeys(
            (".spec.target.template.metadata.labels", ".spec.target.template.metadata.annotations"), "apps"
        ),
    },
    "Secret": {
        ".data.AUTH_SECRET": "infisicalAuthSecret",
        **dict.fromkeys((".data.REDIS_URL", ".data.REDIS_USERNAME", ".data.REDIS_PASSWORD"), REDIS_URL),
        **dict.fromkeys(map(".data.REDIS_SENTINEL_{}".format, SENTINEL), "infisical.database.redisSentinel"),
        ".data.values.yaml": "infisicalPostgresPassword",
        ".data.clientId": "infisicalMachineIdentityClientId",
        ".data.clientSecret": "infisicalMachineIdentityClientSecret",
        ".data.url": "homelabRepoUrl",
        ".data.sshPrivateKey": "argocdRepoSshPrivateKey",
        f".data.{OIDC_CLIENT_SECRET}": "argocdOidcClientSecret",
    },
}
"""By kind and start of the field: the part of the declaration that decides it."""

_RESOURCES: Final = {
    "Application": "applications.argoproj.io",
    "AppProject": "appprojects.argoproj.io",
    "ClusterSecretStore": "clustersecretstores.external-secrets.io",
    "ExternalSecret": "externalsecrets.external-secrets.io",
    "Namespace": "namespace",
    "Secret": "secret",
}
"""The names of the kinds for kubectl. The short ones of custom kinds are not unique in every cluster."""


def refusal(changed: Sequence[ChangedObject]) -> str:
    """The message that stops preview and update; empty if nothing was changed."""
    if not changed:
        return ""
    objects = "1 object of this stack has" if len(changed) == 1 else f"{len(changed)} objects of this stack have"
    listed = "\n\n".join(_described(each) for each in changed)
    return f"{objects} fields that others changed; nothing was changed now.\n\n{listed}"


def _described(each: ChangedObject) -> str:
    place = f"{each.namespace}/{each.name}" if each.namespace else each.name
    managers = dict.fromkeys(field.manager for field in each.fields)
    found = "; ".join(
        f"{', '.join(field.path for field in each.fields if field.manager == manager)}, managed by {manager}"
        for manager in managers
    )
    return (
        f"  {each.kind} {place}\n"
        f"    found:    {found}\n"
        f"    expected: the declared values, managed by {FIELD_MANAGER}\n"
        f"    fix:      {_fix(each)}"
    )


def _fix(each: ChangedObject) -> str:
    keep = _keep(each)
    if not each.made:
        declare = f", or {keep}" if keep else ""
        return f"this program did not make the object: set the declared values with the tool that manages it{declare}"
    otherwise = (
        f"To keep the change, {keep}, and run the same commands"
        if keep
        else "The declaration cannot express the change"
    )
    return f"to take the change back, run `{_command(each)}`, then `pulumi up --refresh`. {otherwise}"


def _keep(each: ChangedObject) -> str:
    """How to declare the values that were found; empty if a field has no place in the declaration."""
    by_start = _DECLARED_IN.get(each.kind, {})
    parts: dict[str, None] = {}
    for field in each.fields:
        part = next((part for start, part in by_start.items() if _covers(start, field.path)), "")
        if not part:
            return ""
        parts[f"{PROJECT}:{part}"] = None
    return f"declare it in {' and '.join(parts)}"


def _covers(start: str, path: str) -> bool:
    return path == start or path.startswith(f"{start}.") or start.startswith(f"{path}.")


def _command(each: ChangedObject) -> str:
    """kubectl's command after which only the program manages the fields. It shows no value."""
    where = f" -n {each.namespace}" if each.namespace else ""
    patch = each.release
    if each.name == ARGOCD_SECRET:
        # Its other fields stay with their managers.
        patch = f'[{{"op": "remove", "path": "/data/{OIDC_CLIENT_SECRET}"}}]'
    return f"kubectl patch {_RESOURCES[each.kind]} {each.name}{where} --type json -p '{patch}'"
