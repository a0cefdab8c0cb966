"""Namespaces: those that the homelab owns, and those of others that it only writes into."""

from __future__ import annotations

from dataclasses import dataclass

import pulumi

from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from declaration.inventory import ARGOCD_NAMESPACE, ESO_NAMESPACE, INFISICAL_NAMESPACE, NAMESPACES_OF_OTHERS, App


@dataclass(frozen=True)
class NamespacesArgs:
    """The apps whose namespaces are needed."""

    apps: tuple[App, ...]


class Namespaces(pulumi.ComponentResource):
    """
    Creates `infisical` and each namespace that an app owns, and looks up every other one.

    A namespace of others that is missing fails the preview already: nothing is written beside the gap. One that the
    homelab owned and that an app still uses is given up, and never deleted.
    """

    def __init__(self, name: str, args: NamespacesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:Namespaces", name, None, opts)
        owned = {app.namespace for app in args.apps if app.creates_namespace}
        used = {ARGOCD_NAMESPACE, ESO_NAMESPACE, *(app.namespace for app in args.apps)} - owned - {INFISICAL_NAMESPACE}
        # Unlike its peers the namespace does not enforce the restricted pod-security standard: the chart's
        # ingress-nginx sidecar needs capabilities that the restricted profile forbids, and its pods would be refused.
        # Deleting it deletes Infisical's database with it.
        infisical = self._created(INFISICAL_NAMESPACE, protect=True)
        self._by_name: dict[str, pulumi.Resource] = {
            INFISICAL_NAMESPACE: infisical,
            **{namespace: self._created(namespace) for namespace in sorted(owned)},
            **{namespace: self._found(namespace) for namespace in sorted(used)},
        }
        self.register_outputs({"owned": sorted({INFISICAL_NAMESPACE, *owned}), "used": sorted(used)})

    def _created(self, namespace: str, *, protect: bool = False) -> pulumi.Resource:
        return KubernetesObject(
            namespace,
            api_version="v1",
            kind="Namespace",
            metadata={"name": namespace, "labels": PART_OF_HOMELAB},
            opts=pulumi.ResourceOptions(parent=self, protect=protect),
        )

    def _found(self, namespace: str) -> pulumi.Resource:
        # The engine names a missing one by this name and says no more: so the name says what to do.
        found = self._read(f"{namespace}, made by others: kubectl create namespace {namespace}", namespace)
        if namespace in NAMESPACES_OF_OTHERS:
            return found
        # By the name under which it is created where the homelab owns it: one that it owned until now would be deleted
        # with all that is in it; one that is read by the same name and id the engine lets go.
        return self._read(namespace, namespace, found)

    def _read(self, name: str, namespace: str, *before: pulumi.Resource) -> pulumi.Resource:
        return KubernetesObject(
            name,
            api_version="v1",
            kind="Namespace",
            # Read without what it declares, it would have no inputs, and each refresh would report them as a change.
            metadata={"name": namespace},
            opts=pulumi.ResourceOptions(parent=self, id=namespace, depends_on=before),
        )

    def __getitem__(self, namespace: str) -> pulumi.Resource:
        """The namespace's resource, to depend on."""
        return self._by_name[namespace]
