"""The admin's kubeconfig, in one file with the certificates embedded."""

from __future__ import annotations

import base64
from pathlib import Path

import yaml

from sandbox.controlplane.certs import Certificates

CONTEXT = "sandbox"


def admin_kubeconfig(certificates: Certificates, port: int) -> str:
    """The file's text. It holds a private key."""
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [
                {
                    "name": CONTEXT,
                    "cluster": {
                        "server": f"https://127.0.0.1:{port}",
                        "certificate-authority-data": _base64(certificates.ca),
                    },
                }
            ],
            "users": [
                {
                    "name": "admin",
                    "user": {
                        "client-certificate-data": _base64(certificates.admin),
                        "client-key-data": _base64(certificates.admin_key),
                    },
                }
            ],
            "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": "admin"}}],
            "current-context": CONTEXT,
        },
        sort_keys=False,
    )


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
