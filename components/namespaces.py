"""Namespaces: those that the homelab owns, and existing ones that it only writes into."""

from __future__ import annotations

import pulumi

from components.kubernetes_object import KubernetesObject
from components.labels import PART_OF_HOMELAB
from declaration import App
from declaration.objects import ARGOCD_NAMESPACE, ESO_NAMESPACE, INFISICAL_NAMESPACE


class Namespaces(pulumi.ComponentResource):
    """
    Creates `infisical` and each namespace that an app owns, and reads every other one.

    If one of the others is missing, the preview already fails. A namespace that an app no longer owns and still uses is
    released, and never deleted.
    """

    def __init__(self, name: str, *, apps: tuple[App, ...], opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("homelab:secrets:Namespaces", name, None, opts)
        # A retired app keeps the namespace that it owns: its data may be there. Another one may not exist any more.
        owned = {app.namespace for app in apps if app.creates_namespace}
        of_apps = {app.namespace for app in apps if not app.retired}
        used = {ARGOCD_NAMESPACE, ESO_NAMESPACE, *of_apps} - owned - {INFISICAL_NAMESPACE}
        # It does not enforce the restricted pod-security standard, which refuses the chart's ingress-nginx sidecar.
        # Protected: deleting the namespace deletes Infisical's database.
        infisical = self._created(INFISICAL_NAMESPACE, protect=True)
        self._by_name: dict[str, pulumi.Resource] = {
            INFISICAL_NAMESPACE: infisical,
            **{namespace: self._created(namespace) for namespace in sorted(owned)},
            **{namespace: self._read(namespace) for namespace in sorted(used)},
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

    def _read(self, namespace: str) -> pulumi.Resource:
        return KubernetesObject(
            # The same name as if the homelab created it: a read resource replaces a created one in the state without
            # deleting the namespace.
            namespace,
            api_version="v1",
            kind="Namespace",
            # Without these inputs, each refresh would report the object's fields as a change.
            metadata={"name": namespace},
            opts=pulumi.ResourceOptions(parent=self, id=namespace),
        )

    def __getitem__(self, namespace: str) -> pulumi.Resource:
        """The namespace's resource, to depend on it."""
        return self._by_name[namespace]
