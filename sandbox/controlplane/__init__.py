"""etcd, kube-apiserver and kube-controller-manager on loopback: a real Kubernetes API without nodes."""

from sandbox.controlplane.kubectl import Kubectl
from sandbox.controlplane.plane import Binaries, ControlPlane, PlaneStatus

__all__ = ["Binaries", "ControlPlane", "Kubectl", "PlaneStatus"]
