"""Infisical's installation in this cluster: its keys, the Secrets that it starts with, and the Application."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.base.children import after
from components.config import Config
from components.installation.application import InfisicalApplication
from components.installation.argocd_project import ArgoCdProject
from components.installation.bootstrap import BootstrapSecrets
from components.installation.generated_keys import GeneratedKeys
from components.installation.separate_database import SeparateDatabases
from components.namespaces import Namespaces
from infisical import Provider


@dataclass(frozen=True)
class Installation:
    """
    What the program installs. Nothing if Infisical runs elsewhere.

    :param keys: Infisical's own; None if it does not run in this cluster
    :param last: what Infisical starts after, to depend on it
    """

    keys: GeneratedKeys | None = None
    last: tuple[pulumi.Resource, ...] = ()


def install_infisical(
    config: Config, namespaces: Namespaces, *, cluster: Provider, project_exists: bool
) -> Installation:
    """
    The keys and the bootstrap Secrets, and with `install: argocd` the Applications in Argo CD.

    :param project_exists: whether somebody else made Argo CD's project
    """
    infisical, argocd = config.infisical, config.argocd
    if not infisical.is_installed:
        return Installation()
    keys = GeneratedKeys(
        "keys", earlier=config.earlier_keys, rotations=config.rotations, infisical=infisical, cluster=config.cluster
    )
    bootstrap = BootstrapSecrets(
        "bootstrap",
        infisical=infisical,
        helm_namespace=config.helm_secrets_namespace,
        namespaces=namespaces,
        keys=keys,
        redis_url=config.redis_url,
        cluster=cluster,
    )
    if infisical.install != "argocd":
        return Installation(keys, (bootstrap,))
    project = ArgoCdProject(
        "argocd-project",
        argocd=argocd,
        infisical=infisical,
        exists=project_exists,
        opts=after(namespaces[argocd.namespace]),
    )
    needed: list[pulumi.Resource] = [bootstrap]
    if infisical.separate:
        databases = SeparateDatabases(
            "databases", database=infisical.separate, argocd=argocd, project=project.name, opts=after(bootstrap)
        )
        needed.append(databases)
    application = InfisicalApplication(
        "infisical",
        infisical=infisical,
        argocd=argocd,
        project=project.name,
        keys=keys,
        cluster=cluster,
        opts=after(*needed),
    )
    return Installation(keys, (application,))
