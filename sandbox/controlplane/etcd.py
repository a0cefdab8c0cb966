"""How etcd is started, and when it is ready."""

from __future__ import annotations

import json
from pathlib import Path

from sandbox.controlplane.certs import Certificates
from sandbox.controlplane.https import get
from sandbox.controlplane.ports import Ports


def argv(program: Path, data: Path, certificates: Certificates, ports: Ports) -> list[str]:
    """One member; clients and peers need a certificate from our authority."""
    client = f"https://127.0.0.1:{ports.etcd_client}"
    peer = f"https://127.0.0.1:{ports.etcd_peer}"
    return [
        str(program),
        "--name=default",
        f"--data-dir={data}",
        # Many times faster. Data survive a killed process but not a power cut, which is enough for a sandbox.
        "--unsafe-no-fsync",
        f"--listen-client-urls={client}",
        f"--advertise-client-urls={client}",
        f"--listen-peer-urls={peer}",
        f"--initial-advertise-peer-urls={peer}",
        f"--initial-cluster=default={peer}",
        f"--cert-file={certificates.server}",
        f"--key-file={certificates.server_key}",
        f"--trusted-ca-file={certificates.ca}",
        "--client-cert-auth",
        f"--peer-cert-file={certificates.server}",
        f"--peer-key-file={certificates.server_key}",
        f"--peer-trusted-ca-file={certificates.ca}",
        "--peer-client-cert-auth",
        "--log-level=warn",
    ]


def is_ready(certificates: Certificates, ports: Ports) -> bool:
    """Whether etcd reports that it is healthy."""
    answer = get(ports.etcd_client, "/health", certificates.ca, certificates.etcd_client, certificates.etcd_client_key)
    return answer is not None and json.loads(answer).get("health") == "true"
