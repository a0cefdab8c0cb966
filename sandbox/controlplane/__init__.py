"""etcd, kube-apiserver and kube-controller-manager on loopback: a real Kubernetes API without nodes."""

from sandbox.controlplane.external_secrets import Operator
from sandbox.controlplane.foreign import ensure_foreign
from sandbox.controlplane.namespaces import foreign_namespaces
from sandbox.controlplane.plane import ControlPlane, PlaneStatus

__all__ = [
    "ControlPlane",
    "Operator",
    "PlaneStatus",
    "ensure_foreign",
    "foreign_namespaces",
]
