"""Namespaces: those that the homelab owns, and existing ones that it only writes into."""

from __future__ import annotations

import pulumi

import infisical
from components.base.children import after
from components.base.kubernetes_object import KubernetesObject
from components.config import Config
from declaration.objects import ESO_NAMESPACE, FIELD_MANAGER, INFISICAL_NAMESPACE, PART_OF_HOMELAB


class Namespaces(pulumi.ComponentResource):
    """
    Creates `infisical` if Infisical runs there, creates each namespace that an app owns, and reads every other one.

    If one of the others is missing, the preview already fails. A namespace is deleted only with its app, and only if
    nothing of others is in it. `infisical`, and a namespace that an app no longer owns and still uses, are released.

    :param cluster: the connection that deletes namespaces
    """

    def __init__(
        self,
        name: str,
        *,
        config: Config,
        cluster: infisical.Provider,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        super().__init__("homelab:secrets:Namespaces", name, None, opts)
        # A retired app keeps the namespace that it owns: its data may be there. Another one may not exist any more.
        owned = {app.namespace for app in config.apps if app.creates_namespace}
        of_apps = {secret.namespace for secret in config.delivered_secrets}
        kept = {INFISICAL_NAMESPACE} if config.infisical.is_installed else set()
        used = {*filter(None, [config.argocd_namespace]), ESO_NAMESPACE, *of_apps} - owned - kept
        # It does not enforce the restricted pod-security standard, which refuses the chart's ingress-nginx sidecar.
        # Protected: deleting the namespace deletes Infisical's database.
        protected = pulumi.ResourceOptions(protect=True)
        self._by_name: dict[str, pulumi.Resource] = {
            **{namespace: self._created(namespace, protected) for namespace in kept},
            **{namespace: self._created(namespace, self._deletion(namespace, cluster)) for namespace in sorted(owned)},
            **{namespace: self._read(namespace) for namespace in sorted(used)},
        }
        self.register_outputs({"owned": sorted({*kept, *owned}), "used": sorted(used)})

    def _deletion(self, namespace: str, cluster: infisical.Provider) -> pulumi.ResourceOptions:
        """What deletes the namespace, as a dependency of the namespace: Pulumi then deletes it last."""
        deletion = infisical.OwnedNamespace(
            namespace,
            infisical.OwnedNamespaceArgs(name=namespace, manager=FIELD_MANAGER),
            pulumi.ResourceOptions(parent=self, provider=cluster),
        )
        return after(deletion)

    def _created(self, namespace: str, opts: pulumi.ResourceOptions) -> pulumi.Resource:
        return KubernetesObject(
            namespace,
            api_version="v1",
            kind="Namespace",
            metadata={"name": namespace, "labels": PART_OF_HOMELAB},
            # Kubernetes deletes everything in a deleted namespace, whoever made it.
            opts=pulumi.ResourceOptions.merge(pulumi.ResourceOptions(parent=self, retain_on_delete=True), opts),
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
            marked=False,
            opts=pulumi.ResourceOptions(parent=self, id=namespace),
        )

    def __getitem__(self, namespace: str) -> pulumi.Resource:
        """The namespace's resource, to depend on it."""
        return self._by_name[namespace]
