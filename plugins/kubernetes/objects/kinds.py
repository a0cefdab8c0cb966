"""What a type token and a kind mean, without a request to a cluster."""

from __future__ import annotations

from dataclasses import dataclass

BUILT_IN_GROUPS = frozenset(
    {
        "",
        "admissionregistration.k8s.io",
        "apiextensions.k8s.io",
        "apiregistration.k8s.io",
        "apps",
        "auditregistration.k8s.io",
        "authentication.k8s.io",
        "authorization.k8s.io",
        "autoscaling",
        "batch",
        "certificates.k8s.io",
        "coordination.k8s.io",
        "discovery.k8s.io",
        "events.k8s.io",
        "extensions",
        "flowcontrol.apiserver.k8s.io",
        "internal.apiserver.k8s.io",
        "networking.k8s.io",
        "node.k8s.io",
        "policy",
        "rbac.authorization.k8s.io",
        "resource.k8s.io",
        "scheduling.k8s.io",
        "settings.k8s.io",
        "storage.k8s.io",
        "storagemigration.k8s.io",
    }
)
"""The groups of Kubernetes itself. Every other group belongs to custom resources."""

NAMESPACED = {
    ("v1", "Namespace"): False,
    ("v1", "Secret"): True,
    ("v1", "ConfigMap"): True,
    ("v1", "PersistentVolumeClaim"): True,
    ("batch/v1", "CronJob"): True,
}
"""The supported built-in kinds, and whether their objects are in a namespace."""

OVERLAYS = ("helm.sh/", "yaml", "kustomize")
"""Modules of the official provider whose types are not Kubernetes objects."""


@dataclass(frozen=True)
class Kind:
    """An API version (`apps/v1`; `v1` for the core group) and a kind in it."""

    api_version: str
    name: str

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def is_built_in(self) -> bool:
        return bool(self.api_version) and self.group in BUILT_IN_GROUPS

    @property
    def is_supported(self) -> bool:
        """Whether this provider manages the kind: custom resources, and the built-in kinds in `NAMESPACED`."""
        return not self.is_built_in or (self.api_version, self.name) in NAMESPACED

    @property
    def namespaced(self) -> bool | None:
        """Whether its objects are in a namespace; None if only the cluster knows."""
        return NAMESPACED.get((self.api_version, self.name))

    def __str__(self) -> str:
        return f"{self.api_version}/{self.name}"


def kind_of_type(token: str) -> Kind:
    """The kind of a type token: v1 Secret for `kubernetes:core/v1:Secret` and `kubernetes:core/v1:SecretPatch`."""
    module, _, name = token.partition(":")[2].partition(":")
    kind = Kind(module.removeprefix("core/"), name)
    if kind.is_built_in and name.endswith("Patch"):
        kind = Kind(kind.api_version, name.removesuffix("Patch"))
    return kind


def is_patch(token: str, kind: Kind) -> bool:
    """Whether the type is the `…Patch` of a kind: it owns some fields of an object that others manage."""
    return token.rpartition(":")[2] == f"{kind.name}Patch"


def is_overlay(token: str) -> bool:
    """Whether the type is a chart, a YAML file or an overlay instead of one object."""
    return token.partition(":")[2].startswith(OVERLAYS)
