"""The control plane's own certificate authority, its certificates and the key that signs service account tokens."""

from __future__ import annotations

import datetime
import ipaddress
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from tooling.private_file import write_private

VALID = datetime.timedelta(days=3650)
CLOCK_SKEW = datetime.timedelta(hours=1)

SERVER_NAMES = ("localhost", "kubernetes", "kubernetes.default", "kubernetes.default.svc")
SERVER_ADDRESSES = ("127.0.0.1", "10.0.0.1")


class Certificates:
    """
    The files of one control plane in a folder that only its owner can read; made once, then kept.

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
        """Make all of them, unless they are there; an interrupted making is begun anew."""
        finished = self.directory / "complete"
        if finished.exists():
            return
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        authority, authority_key = _authority()
        write_private(self.ca, _pem(authority))
        for path, common_name, organization, usage in (
            (self.server, "sandbox-server", None, _SERVER_AND_PEER),
            (self.etcd_client, "kube-apiserver", None, _CLIENT),
            (self.admin, "sandbox-admin", "system:masters", _CLIENT),
        ):
            certificate, key = _certificate(authority, authority_key, common_name, organization, usage)
            write_private(path, _pem(certificate))
            write_private(path.with_suffix(".key"), _private(key))
        key = ec.generate_private_key(ec.SECP256R1())
        write_private(self.service_account_key, _private(key))
        public = key.public_key()
        write_private(
            self.service_account_pub,
            public.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo),
        )
        finished.touch(mode=0o600)


_CLIENT = (ExtendedKeyUsageOID.CLIENT_AUTH,)
# etcd, with one member, is also its own client and peer.
_SERVER_AND_PEER = (ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH)


def _authority() -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sandbox-ca")])
    usage = x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    builder = (
        _builder(name, name, key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    return builder.sign(key, hashes.SHA256()), key


def _certificate(
    authority: x509.Certificate,
    authority_key: ec.EllipticCurvePrivateKey,
    common_name: str,
    organization: str | None,
    usage: tuple[x509.ObjectIdentifier, ...],
) -> tuple[x509.Certificate, ec.EllipticCurvePrivateKey]:
    key = ec.generate_private_key(ec.SECP256R1())
    attributes = [x509.NameAttribute(NameOID.COMMON_NAME, common_name)]
    if organization:
        attributes.append(x509.NameAttribute(NameOID.ORGANIZATION_NAME, organization))
    names = [x509.DNSName(name) for name in SERVER_NAMES]
    addresses = [x509.IPAddress(ipaddress.ip_address(address)) for address in SERVER_ADDRESSES]
    builder = (
        _builder(x509.Name(attributes), authority.subject, key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usage), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(authority_key.public_key()),
            critical=False,
        )
    )
    if ExtendedKeyUsageOID.SERVER_AUTH in usage:
        builder = builder.add_extension(x509.SubjectAlternativeName([*names, *addresses]), critical=False)
    return builder.sign(authority_key, hashes.SHA256()), key


def _builder(subject: x509.Name, issuer: x509.Name, public: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(now + VALID)
    )


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
