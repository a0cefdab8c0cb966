"""Fields that an object keeps for life: another value needs another object."""

from __future__ import annotations

from plugins.kubernetes.kinds import Kind
from plugins.kubernetes.manifest import Manifest

IDENTITY = ("metadata.name", "metadata.namespace")

SELECTOR = ("spec.selector",)
JOB = ("spec.completions", "spec.parallelism", "spec.selector", "spec.template")
ROLE_BINDING = ("roleRef",)
STATEFUL_SET = (
    "spec.podManagementPolicy",
    "spec.revisionHistoryLimit",
    "spec.selector",
    "spec.serviceName",
    "spec.volumeClaimTemplates",
)
PERSISTENT_VOLUME = tuple(
    f"spec.{source}"
    for source in (
        "awsElasticBlockStore",
        "azureDisk",
        "azureFile",
        "cephfs",
        "cinder",
        "csi",
        "fc",
        "flexVolume",
        "flocker",
        "gcePersistentDisk",
        "glusterfs",
        "hostPath",
        "iscsi",
        "local",
        "nfs",
        "photonPersistentDisk",
        "portworxVolume",
        "quobyte",
        "rbd",
        "scaleIO",
        "storageos",
        "vsphereVolume",
    )
)
POD = tuple(
    f"spec.{field}"
    for field in (
        "affinity",
        "automountServiceAccountToken",
        "dnsConfig",
        "dnsPolicy",
        "enableServiceLinks",
        "hostAliases",
        "hostIPC",
        "hostNetwork",
        "hostPID",
        "hostname",
        "imagePullSecrets",
        "nodeName",
        "nodeSelector",
        "overhead",
        "preemptionPolicy",
        "priority",
        "priorityClassName",
        "readinessGates",
        "restartPolicy",
        "runtimeClassName",
        "schedulerName",
        "securityContext",
        "serviceAccount",
        "serviceAccountName",
        "shareProcessNamespace",
        "subdomain",
        "terminationGracePeriodSeconds",
        "volumes",
    )
) + tuple(
    f"spec.{containers}[*].{field}"
    for containers in ("containers", "initContainers")
    for field in (
        "args",
        "command",
        "env",
        "image",
        "imagePullPolicy",
        "lifecycle",
        "livenessProbe",
        "ports",
        "readinessProbe",
        "resources",
        "securityContext",
        "stdin",
        "stdinOnce",
        "terminationMessagePath",
        "terminationMessagePolicy",
        "tty",
        "volumeDevices",
        "volumeMounts",
        "workingDir",
    )
)

FIELDS: dict[tuple[str, str], tuple[str, ...]] = {
    ("v1", "PersistentVolume"): PERSISTENT_VOLUME,
    ("v1", "PersistentVolumeClaim"): (
        "spec.accessModes",
        "spec.selector",
        "spec.storageClassName",
        "spec.volumeName",
    ),
    ("v1", "Pod"): POD,
    ("v1", "ResourceQuota"): ("spec.scopes",),
    ("v1", "Secret"): ("type",),
    ("v1", "Service"): ("spec.clusterIP",),
    ("policy/v1beta1", "PodDisruptionBudget"): ("spec",),
    ("storage.k8s.io/v1", "StorageClass"): ("parameters", "provisioner"),
    ("apps/v1beta1", "StatefulSet"): STATEFUL_SET,
    **{
        (f"apps/{version}", kind): fields
        for version in ("v1", "v1beta2")
        for kind, fields in (("DaemonSet", SELECTOR), ("Deployment", SELECTOR), ("StatefulSet", STATEFUL_SET))
    },
    **{(f"batch/{version}", "Job"): JOB for version in ("v1", "v1beta1", "v2alpha1")},
    **{
        (f"rbac.authorization.k8s.io/{version}", kind): ROLE_BINDING
        for version in ("v1", "v1beta1", "v1alpha1")
        for kind in ("ClusterRoleBinding", "RoleBinding")
    },
}


def immutable_fields(manifest: Manifest, kind: Kind, *, mutable_secrets: bool, mutable_config_maps: bool) -> list[str]:
    """
    Paths of the fields whose change needs a replacement, `[*]` for every item of a list.

    The data of Secrets and ConfigMaps counts too unless the provider's configuration allows to change it:
    nothing restarts the pods that read it.
    """
    fields = [*IDENTITY]
    frozen = manifest.get("immutable") is True
    identity = (kind.api_version, kind.name)
    if identity == ("v1", "Secret") and (frozen or not mutable_secrets):
        fields += ["type", "stringData", "data"]
    elif identity in FIELDS:
        fields += FIELDS[identity]
    elif identity == ("v1", "ConfigMap") and (frozen or not mutable_config_maps):
        fields += ["binaryData", "data"]
    return fields
