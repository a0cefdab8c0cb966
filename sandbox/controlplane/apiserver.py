"""How kube-apiserver is started, and when it is ready; Secrets are encrypted before they reach etcd."""

from __future__ import annotations

import base64
import secrets
from pathlib import Path

from sandbox.controlplane.certs import Certificates, KubeletCertificates
from sandbox.controlplane.https import get
from sandbox.controlplane.ports import Ports
from tooling.private_file import write_private

ENCRYPTION = """\
apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers:
      - secretbox:
          keys:
            - name: sandbox
              secret: {key}
"""


def ensure_encryption(path: Path) -> None:
    """Create the encryption configuration with a new key, unless it exists."""
    if not path.exists():
        write_private(path, ENCRYPTION.format(key=base64.b64encode(secrets.token_bytes(32)).decode()))


def argv(
    program: Path, encryption: Path, certificates: Certificates, kubelet: KubeletCertificates, ports: Ports
) -> list[str]:
    """
    RBAC, no anonymous access, no admission plugin that needs nodes.

    By default, the apiserver translates the WebSocket of `kubectl exec` to SPDY. Here it passes the WebSocket on to the
    kubelet, as for a client that speaks an older version of the protocol: the fake node has no SPDY.
    """
    return [
        str(program),
        f"--etcd-servers=https://127.0.0.1:{ports.etcd_client}",
        f"--etcd-cafile={certificates.ca}",
        f"--etcd-certfile={certificates.etcd_client}",
        f"--etcd-keyfile={certificates.etcd_client_key}",
        f"--encryption-provider-config={encryption}",
        "--bind-address=127.0.0.1",
        f"--secure-port={ports.apiserver}",
        "--advertise-address=127.0.0.1",
        "--endpoint-reconciler-type=none",
        f"--tls-cert-file={certificates.server}",
        f"--tls-private-key-file={certificates.server_key}",
        f"--client-ca-file={certificates.ca}",
        "--service-account-issuer=https://kubernetes.default.svc",
        f"--service-account-key-file={certificates.service_account_pub}",
        f"--service-account-signing-key-file={certificates.service_account_key}",
        "--service-cluster-ip-range=10.0.0.0/24",
        "--authorization-mode=RBAC",
        "--disable-admission-plugins=ServiceAccount",
        "--enable-priority-and-fairness=false",
        "--profiling=false",
        "--anonymous-auth=false",
        f"--kubelet-certificate-authority={kubelet.ca}",
        f"--kubelet-client-certificate={kubelet.apiserver}",
        f"--kubelet-client-key={kubelet.apiserver_key}",
        "--kubelet-preferred-address-types=InternalIP",
        "--feature-gates=TranslateStreamCloseWebsocketRequests=false",
    ]


def is_ready(certificates: Certificates, ports: Ports) -> bool:
    """Whether /readyz answers 200 to the admin."""
    answer = get(ports.apiserver, "/readyz", certificates.ca, certificates.admin, certificates.admin_key)
    return answer is not None
