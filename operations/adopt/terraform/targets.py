"""The objects that the program manages of what the predecessor has, and their resources in the program."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from declaration import Homelab
from declaration.cluster.external_secrets import ESO_API_VERSION
from declaration.objects import (
    APPLICATION,
    ARGOCD_SECRET,
    ESO_NAMESPACE,
    HELM_SECRETS,
    INFISICAL_NAMESPACE,
    INFISICAL_SECRETS,
    OIDC_CLIENT_SECRET,
    REPOSITORY_SECRET,
)

SECRET, NAMESPACE, EXTERNAL_SECRET, DEPLOYMENT = "Secret", "Namespace", "ExternalSecret", "Deployment"
RESOURCES: Final = {
    NAMESPACE: "namespace",
    SECRET: "secret",
    "Application": "applications.argoproj.io",
    "ClusterSecretStore": "clustersecretstores.external-secrets.io",
    EXTERNAL_SECRET: "externalsecrets.external-secrets.io",
    DEPLOYMENT: "deployments.apps",
}
"""The names of the kinds for kubectl."""
_VERSIONS: Final = {
    NAMESPACE: "v1",
    SECRET: "v1",
    "Application": "argoproj.io/v1alpha1",
    "ClusterSecretStore": ESO_API_VERSION,
    EXTERNAL_SECRET: ESO_API_VERSION,
    DEPLOYMENT: "apps/v1",
}


@dataclass(frozen=True)
class Component:
    """A component of the program, as its resources' parent."""

    type: str
    name: str


_NAMESPACES = Component("Namespaces", "namespaces")
_BOOTSTRAP = Component("BootstrapSecrets", "bootstrap")
_APPLICATION = Component("InfisicalApplication", "infisical")
_ARGOCD = Component("ArgoCdSecrets", "argocd")
_STORE = Component("InfisicalStore", "store")
_APPS = Component("AppSecrets", "apps")


@dataclass(frozen=True)
class Target:
    """
    An object that the program manages.

    :param logical: the name of its resource in the program
    :param key: the only key of a Secret that the program writes; empty for the whole object
    """

    kind: str
    namespace: str
    name: str
    component: Component
    logical: str = ""
    key: str = ""

    @property
    def api_version(self) -> str:
        return _VERSIONS[self.kind]

    @property
    def place(self) -> str:
        return f"{self.namespace}/{self.name}" if self.namespace else self.name

    @property
    def resource(self) -> str:
        """The name of its resource in the program."""
        return self.logical or self.name


def targets(homelab: Homelab[Any], values: Iterable[str]) -> list[Target]:
    """
    What the program manages of what the predecessor has.

    :param values: the config keys that have a value
    """
    argocd, store = homelab.argocd.namespace, homelab.store.name
    known = {*values}
    found = [
        Target(NAMESPACE, "", INFISICAL_NAMESPACE, _NAMESPACES),
        Target(SECRET, INFISICAL_NAMESPACE, INFISICAL_SECRETS, _BOOTSTRAP),
        Target(SECRET, argocd, HELM_SECRETS, _BOOTSTRAP),
        Target("Application", argocd, APPLICATION, _APPLICATION),
    ]
    if "argocdOidcClientSecret" in known:
        found.append(Target(SECRET, argocd, ARGOCD_SECRET, _ARGOCD, key=OIDC_CLIENT_SECRET))
    if "argocdRepoSshPrivateKey" in known:
        found.append(Target(SECRET, argocd, REPOSITORY_SECRET, _ARGOCD))
    if homelab.infisical.managed or "infisicalMachineIdentityClientSecret" in known:
        found.append(Target(SECRET, ESO_NAMESPACE, homelab.store.machine_identity_secret, _STORE))
    found.append(Target("ClusterSecretStore", "", store, _STORE))
    for secret in homelab.delivered_secrets:
        name = secret.external_secret_name
        found.append(Target(EXTERNAL_SECRET, secret.namespace, name, _APPS, logical=secret.place))
    return found
