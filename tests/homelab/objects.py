"""Reads objects from the API server, in this process: starting kubectl takes longer than the request."""

from __future__ import annotations

import ssl
from typing import Any, Final

import httpx2

from sandbox.controlplane import ControlPlane
from sandbox.controlplane.certs import Certificates
from sandbox.controlplane.ports import read_ports

Object = dict[str, Any]

GROUPS: Final = {
    "applications": "argoproj.io/v1alpha1",
    "appprojects": "argoproj.io/v1alpha1",
    "clustersecretstores": "external-secrets.io/v1",
    "deployments": "apps/v1",
    "externalsecrets": "external-secrets.io/v1",
}
"""The API of each kind that is not in the core."""


class Objects:
    """The objects of one control plane."""

    def __init__(self, plane: ControlPlane) -> None:
        ports, certificates = read_ports(plane.directory / "ports.json"), Certificates(plane.directory / "pki")
        assert ports is not None
        context = ssl.create_default_context(cafile=str(certificates.ca))
        context.load_cert_chain(str(certificates.admin), str(certificates.admin_key))
        self._http = httpx2.Client(base_url=f"https://127.0.0.1:{ports.apiserver}", verify=context, timeout=30)

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
