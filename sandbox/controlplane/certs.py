"""The control plane's own certificate authority, its certificates and the key that signs service account tokens."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import trustme
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tooling.private_file import write_private

SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
SERVER_ADDRESSES = ("127.0.0.1", "10.0.0.1")


class Certificates:
    """
    The files of one control plane in a folder that only its owner can read; created once, then kept.

    `ca.crt` signs `server.crt` (apiserver and etcd), `etcd-client.crt` (the apiserver to etcd) and `admin.crt`
    (group system:masters); `service-account.key` and `.pub` are a plain key pair.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca = directory / "ca.crt"
        self.server, self.server_key = directory / "server.crt", directory / "server.key"
        self.etcd_client, self.etcd_client_key = directory / "etcd-client.crt", directory / "etcd-client.key"
        self.admin, self.admin_key = directory / "admin.crt", directory / "admin.key"
        self.service_account_key = directory / "service-account.key"
        self.service_account_pub = directory / "service-account.pub"

    def ensure(self) -> None:
        """Create all of them, unless they exist; an interrupted run starts again."""
        _create_once(self.directory, self._create)

    def _create(self) -> None:
        authority = trustme.CA(organization_unit_name="sandbox-ca")
        write_private(self.ca, authority.cert_pem.bytes())
        server = authority.issue_cert(*SERVER_NAMES, *SERVER_ADDRESSES, common_name="sandbox-server")
        # Go refuses a certificate without a subject alternative name if that extension is critical, as it is here.
        etcd_client = authority.issue_cert("kube-apiserver", common_name="kube-apiserver")
        # Kubernetes reads the organization as the user's group.
        admin = authority.issue_cert("sandbox-admin", common_name="sandbox-admin", organization_name="system:masters")
        for path, issued in ((self.server, server), (self.etcd_client, etcd_client), (self.admin, admin)):
            _write(path, issued)
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(self.service_account_key, _private(key))
        public = key.public_key()
        write_private(
            self.service_account_pub,
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        )


class KubeletCertificates:
    """
    By these files, the apiserver and the kubelet of the node recognize each other; created once, then kept.

    They have an authority of their own, so that a control plane of an earlier version keeps its certificates: `ca.crt`
    signs `kubelet.crt` and `apiserver.crt` (the apiserver as the kubelet's client).
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.ca = directory / "ca.crt"
        self.kubelet, self.kubelet_key = directory / "kubelet.crt", directory / "kubelet.key"
        self.apiserver, self.apiserver_key = directory / "apiserver.crt", directory / "apiserver.key"

    def ensure(self) -> None:
        """Create all of them, unless they exist; an interrupted run starts again."""
        _create_once(self.directory, self._create)

    def _create(self) -> None:
        authority = trustme.CA(organization_unit_name="sandbox-kubelet-ca")
        write_private(self.ca, authority.cert_pem.bytes())
        _write(self.kubelet, authority.issue_cert("127.0.0.1", common_name="sandbox-kubelet"))
        _write(self.apiserver, authority.issue_cert("kube-apiserver", common_name="kube-apiserver"))


def _create_once(directory: Path, create: Callable[[], None]) -> None:
    finished = directory / "complete"
    if finished.exists():
        return
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    create()
    finished.touch(mode=0o600)


def _write(path: Path, issued: trustme.LeafCert) -> None:
    """Write the certificate, and its key next to it."""
    write_private(path, issued.cert_chain_pems[0].bytes())
    write_private(path.with_suffix(".key"), issued.private_key_pem.bytes())


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
