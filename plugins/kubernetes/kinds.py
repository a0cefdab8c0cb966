"""What a type token and a kind say by themselves, without asking a cluster."""

from __future__ import annotations

from dataclasses import dataclass

BUILT_IN_VERSIONS = frozenset(
    f"{group}/{version}" if group else version
    for group, versions in {
        "": "v1",
        "admissionregistration.k8s.io": "v1 v1alpha1 v1beta1",
        "apiextensions.k8s.io": "v1 v1beta1",
        "apiregistration.k8s.io": "v1 v1beta1",
        "apps": "v1 v1beta1 v1beta2",
        "auditregistration.k8s.io": "v1alpha1",
        "authentication.k8s.io": "v1 v1alpha1 v1beta1",
        "authorization.k8s.io": "v1 v1beta1",
        "autoscaling": "v1 v2 v2beta1 v2beta2",
        "batch": "v1 v1beta1 v2alpha1",
        "certificates.k8s.io": "v1 v1alpha1 v1beta1",
        "coordination.k8s.io": "v1 v1alpha1 v1alpha2 v1beta1",
        "discovery.k8s.io": "v1 v1beta1",
        "events.k8s.io": "v1 v1beta1",
        "extensions": "v1beta1",
        "flowcontrol.apiserver.k8s.io": "v1 v1alpha1 v1beta1 v1beta2 v1beta3",
        "internal.apiserver.k8s.io": "v1alpha1",
        "networking.k8s.io": "v1 v1alpha1 v1beta1",
        "node.k8s.io": "v1 v1alpha1 v1beta1",
        "policy": "v1 v1beta1",
        "rbac.authorization.k8s.io": "v1 v1alpha1 v1beta1",
        "resource.k8s.io": "v1 v1alpha1 v1alpha2 v1alpha3 v1beta1 v1beta2",
        "scheduling.k8s.io": "v1 v1alpha1 v1beta1",
        "settings.k8s.io": "v1alpha1",
        "storage.k8s.io": "v1 v1alpha1 v1beta1",
        "storagemigration.k8s.io": "v1alpha1 v1beta1",
    }.items()
    for version in versions.split()
)

NAMESPACED = frozenset(
    (
        "Binding",
        "ConfigMap",
        "ControllerRevision",
        "CronJob",
        "DaemonSet",
        "Deployment",
        "EndpointSlice",
        "Endpoints",
        "Event",
        "HorizontalPodAutoscaler",
        "Ingress",
        "Job",
        "Lease",
        "LimitRange",
        "LocalSubjectAccessReview",
        "NetworkPolicy",
        "PersistentVolumeClaim",
        "Pod",
        "PodDisruptionBudget",
        "PodTemplate",
        "ReplicaSet",
        "ReplicationController",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "Secret",
        "Service",
        "ServiceAccount",
        "StatefulSet",
    )
)
CLUSTER_WIDE = frozenset(
    (
        "APIService",
        "CSIDriver",
        "CSINode",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "CustomResourceDefinition",
        "IngressClass",
        "MutatingWebhookConfiguration",
        "Namespace",
        "Node",
        "PersistentVolume",
        "PodSecurityPolicy",
        "PriorityClass",
        "RuntimeClass",
        "SelfSubjectAccessReview",
        "SelfSubjectRulesReview",
        "StorageClass",
        "SubjectAccessReview",
        "TokenReview",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
        "VolumeAttachment",
    )
)

NOT_OBJECTS = ("helm.sh/", "yaml", "kustomize")
"""Modules of the official provider whose types are no Kubernetes objects: charts and overlays."""


@dataclass(frozen=True)
class Kind:
    """An API version (`apps/v1`; `v1` for the core group) and a kind in it."""

    api_version: str
    name: str

    @property
    def group(self) -> str:
        return self.api_version.rpartition("/")[0]

    @property
    def version(self) -> str:
        return self.api_version.rpartition("/")[2]

    @property
    def is_built_in(self) -> bool:
        return self.api_version in BUILT_IN_VERSIONS

    @property
    def namespaced(self) -> bool | None:
        """Whether its objects live in namespaces; None where only the cluster knows."""
        if not self.is_built_in or (self.name not in NAMESPACED and self.name not in CLUSTER_WIDE):
            return None
        return self.name in NAMESPACED

    def __str__(self) -> str:
        return f"{self.api_version}/{self.name}"


def kind_of_type(token: str) -> Kind:
    """The kind that a type token names: `kubernetes:core/v1:Secret` is v1 Secret, `…:SecretPatch` as well."""
    module, _, name = token.partition(":")[2].partition(":")
    api_version = module.removeprefix("core/")
    kind = Kind(api_version, name)
    if kind.is_built_in and name.endswith("Patch"):
        kind = Kind(api_version, name.removesuffix("Patch"))
    return kind


def is_patch(token: str, kind: str) -> bool:
    """Whether the type is the `…Patch` of a kind: it owns some fields of an object that belongs to someone else."""
    return token.endswith("Patch") and token.rpartition(":")[2] == f"{kind}Patch"


def is_list(token: str) -> bool:
    """Whether the type is a built-in `…List`, which exists only for manifests."""
    kind = kind_of_type(token)
    return kind.is_built_in and kind.name.endswith("List")


def is_object(token: str) -> bool:
    """Whether the type is a Kubernetes object at all, and not a chart or an overlay."""
    return not token.partition(":")[2].startswith(NOT_OBJECTS)
