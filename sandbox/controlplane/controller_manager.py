"""
How kube-controller-manager is started, and when it is ready.

Only the controllers without which the homelab's objects behave differently: deleted namespaces end, owned objects go
with their owner, service accounts exist, and workloads have the pods that they declare. The node controllers are
left out on purpose: they would evict a node that sends no heartbeats.
"""

from __future__ import annotations

from pathlib import Path

from sandbox.controlplane.certs import Certificates
from sandbox.controlplane.https import get
from sandbox.controlplane.ports import Ports

CONTROLLERS = (
    "namespace-controller",
    "garbage-collector-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
    "deployment-controller",
    "replicaset-controller",
    "statefulset-controller",
    "daemonset-controller",
)


def argv(program: Path, kubeconfig: Path, certificates: Certificates) -> list[str]:
    return [
        str(program),
        f"--kubeconfig={kubeconfig}",
        "--leader-elect=false",
        "--secure-port=0",
        f"--controllers={','.join(CONTROLLERS)}",
        f"--service-account-private-key-file={certificates.service_account_key}",
        f"--root-ca-file={certificates.ca}",
        "--profiling=false",
    ]


SYNCED = '"Caches are synced"'
"""Its log line once the caches are filled."""


def has_acted(certificates: Certificates, ports: Ports) -> bool:
    """Whether it, or an earlier process, created the service account that every namespace gets."""
    path = "/api/v1/namespaces/default/serviceaccounts/default"
    return get(ports.apiserver, path, certificates.ca, certificates.admin, certificates.admin_key) is not None
