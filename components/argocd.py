"""What Argo CD needs from the homelab's secrets: its OIDC client secret, and access to a private repository."""

from __future__ import annotations

from dataclasses import dataclass, field

import pulumi

from components.children import child_options
from components.config import RepositoryAccess
from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from declaration.inventory import ARGOCD_NAMESPACE


@dataclass(frozen=True)
class ArgoCdSecretsArgs:
    """Each is None where the owner has set none; nothing is then written for it."""

    oidc_client_secret: pulumi.Output[str] | None = field(repr=False)
    repository: RepositoryAccess | None = field(repr=False)


class ArgoCdSecrets(pulumi.ComponentResource):
    """
    Writes one key into `argocd-secret`, and the repository Secret.

    `argocd-secret` is patched and never owned: its other keys and its annotations are Argo CD's own. An
    ExternalSecret would wipe them, and so would deleting the Secret; removing this patch removes the one key.
    """

    def __init__(self, name: str, args: ArgoCdSecretsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:ArgoCdSecrets", name, None, opts)
        child = child_options(self, opts)
        if args.oidc_client_secret:
            KubernetesObject(
                "argocd-secret",
                api_version="v1",
                kind="Secret",
                patch=True,
                metadata={"name": "argocd-secret", "namespace": ARGOCD_NAMESPACE},
                fields={"stringData": {"oidc.argocd.clientSecret": args.oidc_client_secret}},
                opts=child,
            )
        if args.repository:
            KubernetesObject(
                "repo-homelab",
                api_version="v1",
                kind="Secret",
                metadata={
                    "name": "repo-homelab",
                    "namespace": ARGOCD_NAMESPACE,
                    "labels": {**PART_OF_HOMELAB, "argocd.argoproj.io/secret-type": "repository"},
                },
                fields={
                    "type": "Opaque",
                    "stringData": {
                        "type": "git",
                        "url": args.repository.url,
                        "sshPrivateKey": args.repository.ssh_private_key,
                    },
                },
                opts=child,
            )
        self.register_outputs({})
