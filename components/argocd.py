"""Argo CD's secrets: its OIDC client secret, and access to a private repository."""

from __future__ import annotations

import pulumi

import infisical
from components.base.children import child_options
from components.base.guarded_secret import guarded_secret
from components.base.kubernetes_object import KubernetesObject
from components.config import Config
from declaration.objects import ARGOCD_SECRET, OIDC_CLIENT_SECRET, REPOSITORY_SECRET


class ArgoCdSecrets(pulumi.ComponentResource):
    """
    Writes one key into `argocd-secret`, and the repository Secret; neither if the owner has not set its value.

    `argocd-secret` belongs to Argo CD, so that it is patched: an ExternalSecret would remove Argo CD's own keys.
    Removing the patch removes only the one key.

    :param namespace: Argo CD's
    :param cluster: the connection that checks existing Secrets
    """

    def __init__(
        self,
        name: str,
        *,
        config: Config,
        namespace: str,
        cluster: infisical.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:ArgoCdSecrets", name, None, opts)
        child = child_options(self, opts)
        if config.argocd_oidc_client_secret:
            KubernetesObject(
                ARGOCD_SECRET,
                api_version="v1",
                kind="Secret",
                marked=False,
                patch=True,
                metadata={"name": ARGOCD_SECRET, "namespace": namespace},
                fields={"stringData": {OIDC_CLIENT_SECRET: config.argocd_oidc_client_secret}},
                opts=child,
            )
        if repository := config.repository:
            guarded_secret(
                REPOSITORY_SECRET,
                namespace=namespace,
                values={"type": "git", "url": repository.url, "sshPrivateKey": repository.ssh_private_key},
                remedy="set homelab:homelabRepoUrl and homelab:argocdRepoSshPrivateKey to them",
                cluster=cluster,
                own_may_change=True,
                labels={"argocd.argoproj.io/secret-type": "repository"},
                opts=child,
            )
        self.register_outputs({})
