"""Reads objects from the API server, in this process: starting kubectl takes longer than the request."""

from __future__ import annotations

import ssl
from pathlib import Path
from typing import Any, Final

import httpx2

from sandbox.controlplane import ControlPlane
from sandbox.controlplane.certs import Certificates
from sandbox.controlplane.ports import Ports, read_ports
from tests.waiting import PATIENCE_SECONDS

Object = dict[str, Any]

GROUPS: Final = {
    "applications": "argoproj.io/v1alpha1",
    "appprojects": "argoproj.io/v1alpha1",
    "clustersecretstores": "external-secrets.io/v1",
    "cronjobs": "batch/v1",
    "deployments": "apps/v1",
    "externalsecrets": "external-secrets.io/v1",
}
"""The API of each kind that is not in the core."""


def files_of(plane: ControlPlane) -> tuple[Ports, Certificates]:
    """The ports and the certificates of a control plane that was started."""
    ports = read_ports(plane.directory / "ports.json")
    assert ports is not None
    return ports, Certificates(plane.directory / "pki")


def client(port: int, certificates: Certificates, certificate: Path, key: Path) -> httpx2.Client:
    """A client of one server of a control plane, with this certificate of its own."""
    context = ssl.create_default_context(cafile=str(certificates.ca))
    context.load_cert_chain(str(certificate), str(key))
    return httpx2.Client(base_url=f"https://127.0.0.1:{port}", verify=context, timeout=PATIENCE_SECONDS)


class Objects:
    """The objects of one control plane."""

    def __init__(self, plane: ControlPlane) -> None:
        ports, certificates = files_of(plane)
        self._http = client(ports.apiserver, certificates, certificates.admin, certificates.admin_key)

    def close(self) -> None:
        self._http.close()

    def find(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        """
        The object, or None if it does not exist.

        :param kind: as kubectl accepts it, such as `secret` or `applications.argoproj.io`
        """
        answer = self._http.get(f"{_path(kind, namespace)}/{name}")
        return None if answer.status_code == httpx2.codes.NOT_FOUND else _body(answer)

    def list(self, kind: str) -> list[Object]:
        """All objects of a kind, in all namespaces."""
        found: list[Object] = _body(self._http.get(_path(kind, None)))["items"]
        return found


def _path(kind: str, namespace: str | None) -> str:
    plural = kind.partition(".")[0]
    plural = plural if plural.endswith("s") else f"{plural}s"
    group = f"/apis/{GROUPS[plural]}" if plural in GROUPS else "/api/v1"
    return f"{group}/namespaces/{namespace}/{plural}" if namespace else f"{group}/{plural}"


def _body(answer: httpx2.Response) -> Object:
    assert answer.is_success, f"GET {answer.request.url.path}: {answer.status_code}"
    body: Object = answer.json()
    return body
