"""The fields that the program writes into the cluster, known before any object is registered."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from typing import Any

from components.base.kubernetes_object import with_field_manager
from components.base.labels import of_this_stack
from components.config import Config
from components.delivery import secret_store
from components.installation import application, argocd_project, separate_database
from components.installation.redis_settings import redis_keys
from declaration.cluster.chart_values import CONNECTION_KEY, POSTGRESQL_KEY, REDIS_KEY
from declaration.cluster.external_secrets import spec
from declaration.objects import (
    ARGOCD_SECRET,
    DATABASE_SECRET,
    ESO_NAMESPACE,
    HELM_SECRETS,
    INFISICAL_NAMESPACE,
    INFISICAL_SECRETS,
    OIDC_CLIENT_SECRET,
    PART_OF_HOMELAB,
    REPOSITORY_SECRET,
    store_of_folder,
)
from infisical import DeclaredObject


def declared_fields(config: Config) -> list[DeclaredObject]:
    """
    Each object with its fields. Without those that an app takes over: they are still the earlier owner's.
    """
    return [
        *_namespaces(config),
        *_secrets(config),
        *_of_argocd(config),
        _object(
            "ClusterSecretStore",
            config.store.name,
            labels=PART_OF_HOMELAB,
            annotations=of_this_stack(),
            spec=secret_store.spec(config.store, config.store_path, config.delivered_secrets),
        ),
        *(
            _object(
                "ClusterSecretStore",
                store_of_folder(config.store.name, folder),
                labels=PART_OF_HOMELAB,
                annotations=of_this_stack(),
                spec=secret_store.spec(config.store, folder, secret_store.readers(folder, config.delivered_secrets)),
            )
            for folder in config.whole_folders
        ),
        *(
            _object(
                "ExternalSecret",
                secret.external_secret_name,
                secret.namespace,
                labels=PART_OF_HOMELAB,
                annotations=of_this_stack(),
                spec=spec(secret, config.store.folder(secret.app), config.store_path, config.store.name),
            )
            for secret in config.delivered_secrets
            if not secret.adopt
        ),
    ]


def _object(
    kind: str,
    name: str,
    namespace: str = "",
    *,
    labels: Mapping[str, str],
    annotations: Mapping[str, str] | None = None,
    **fields: Any,
) -> DeclaredObject:
    marked = with_field_manager({"labels": labels, "annotations": annotations or {}})
    return DeclaredObject(kind, name, {"metadata": marked, **fields}, namespace)


def _namespaces(config: Config) -> Iterator[DeclaredObject]:
    own = {INFISICAL_NAMESPACE} if config.infisical.is_installed else set()
    for namespace in sorted({*own, *(app.namespace for app in config.apps if app.creates_namespace)}):
        yield _object("Namespace", namespace, labels=PART_OF_HOMELAB)


def _secrets(config: Config) -> Iterator[DeclaredObject]:
    argocd = config.argocd.namespace
    if config.infisical.is_installed:
        redis = () if config.infisical.uses_bundled else redis_keys(config.infisical.external)
        own = ("ENCRYPTION_KEY", "AUTH_SECRET", *redis)
        yield _secret(INFISICAL_SECRETS, INFISICAL_NAMESPACE, own)
        if config.infisical.separate:
            yield _secret(DATABASE_SECRET, INFISICAL_NAMESPACE, (POSTGRESQL_KEY, REDIS_KEY, CONNECTION_KEY))
        if config.infisical.uses_bundled:
            yield _secret(HELM_SECRETS, config.helm_secrets_namespace, ("values.yaml",))
    if config.infisical.managed:
        # A changed login is replaced by a new one.
        yield _secret(config.store.machine_identity_secret, ESO_NAMESPACE, ())
    elif config.machine_identity:
        yield _secret(config.store.machine_identity_secret, ESO_NAMESPACE, ("clientId", "clientSecret"))
    if config.repository:
        labels = {"argocd.argoproj.io/secret-type": "repository"}
        yield _secret(REPOSITORY_SECRET, argocd, ("type", "url", "sshPrivateKey"), labels)
    if config.argocd_oidc_client_secret:
        yield DeclaredObject("Secret", ARGOCD_SECRET, {"data": {OIDC_CLIENT_SECRET: None}}, argocd, patch=True)


def _secret(
    name: str, namespace: str, keys: Collection[str], labels: Mapping[str, str] | None = None
) -> DeclaredObject:
    return _object(
        "Secret",
        name,
        namespace,
        labels={**PART_OF_HOMELAB, **(labels or {})},
        type="Opaque",
        data=dict.fromkeys(keys),
    )


def _of_argocd(config: Config) -> Iterator[DeclaredObject]:
    if config.infisical.install != "argocd":
        return
    metadata = application.metadata(config.argocd)
    yield _object(
        "Application",
        metadata["name"],
        metadata["namespace"],
        labels=metadata["labels"],
        annotations=metadata["annotations"],
        spec=application.spec(config.infisical, config.argocd.project, None, None),
    )
    if separate := config.infisical.separate:
        for name, spec in separate_database.specs(separate, config.argocd.project).items():
            named = separate_database.metadata(name, config.argocd)
            yield _object("Application", name, named["namespace"], labels=named["labels"], spec=spec)
    if config.argocd.creates_project:
        project, namespace = config.argocd.project, config.argocd.namespace
        yield _object(
            "AppProject", project, namespace, labels=PART_OF_HOMELAB, spec=argocd_project.spec(config.infisical)
        )
