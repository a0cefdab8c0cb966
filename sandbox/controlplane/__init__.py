"""etcd, kube-apiserver and kube-controller-manager on loopback: a real Kubernetes API without nodes."""

from sandbox.controlplane.external_secrets import Operator
from sandbox.controlplane.foreign import ensure_foreign
from sandbox.controlplane.kubectl import Kubectl, KubectlError, Object
from sandbox.controlplane.namespaces import foreign_namespaces
from sandbox.controlplane.plane import Binaries, ControlPlane, PlaneStatus

__all__ = [
    "Binaries",
    "ControlPlane",
    "Kubectl",
    "KubectlError",
    "Object",
    "Operator",
    "PlaneStatus",
    "ensure_foreign",
    "foreign_namespaces",
]
