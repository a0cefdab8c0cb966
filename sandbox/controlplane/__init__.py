"""etcd, kube-apiserver and kube-controller-manager on loopback: a real Kubernetes API without nodes."""

from sandbox.controlplane.plane import ControlPlane, PlaneStatus
from sandbox.controlplane.prerequisites import ensure_prerequisites, prerequisite_namespaces

__all__ = [
    "ControlPlane",
    "PlaneStatus",
    "ensure_prerequisites",
    "prerequisite_namespaces",
]
