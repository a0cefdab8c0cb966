"""kubectl without a process for what tests do most: reading, applying and creating objects."""

from __future__ import annotations

import functools
import http.client
import json
import ssl
from collections.abc import Iterator, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from sandbox.controlplane import ControlPlane
from sandbox.controlplane.certs import Certificates
from tests.waiting import PATIENCE_SECONDS
from tooling.kubernetes.kubectl import Kubectl, KubectlError, Object

DISCOVERY = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
JSON, APPLY = "application/json", "application/apply-patch+yaml"

Kind = tuple[str, str, bool]
"""The start of its paths, its plural, and whether its objects are in namespaces."""


class DirectKubectl(Kubectl):
    """
    kubectl's answers, as its admin. kubectl itself takes 0.1 s of CPU for each.

    `run` starts kubectl itself.
    """

    def __init__(self, plane: ControlPlane) -> None:
        super().__init__(plane.binaries.kubectl, plane.kubeconfig, cache=plane.kubeconfig.parent / "kubectl-cache")
        self._plane = plane
        self._kinds: dict[str, Kind] = {}

    def get(self, kind: str, name: str, namespace: str | None = None) -> Object | None:
        status, answer = self._send("GET", self._path(kind, name, namespace or "default"))
        return None if status == HTTPStatus.NOT_FOUND else _accepted(("get", kind, name), status, answer)

    def list(self, kind: str, namespace: str | None = None, selector: str | None = None) -> list[Object]:
        query = {"labelSelector": selector} if selector else {}
        return [obj for each in kind.split(",") for obj in self._list(each, namespace, query)]

    def apply(self, obj: Mapping[str, Any], manager: str = "sandbox") -> None:
        path = self._path_of(obj, str(obj["metadata"]["name"]))
        query = {"fieldManager": manager, "fieldValidation": "Strict"}
        _accepted(("apply", path), *self._send("PATCH", path, query, obj, APPLY))

    def create(self, obj: Mapping[str, Any], manager: str = "sandbox") -> None:
        query = {"fieldManager": manager, "fieldValidation": "Strict"}
        for each in obj["items"] if obj["kind"] == "List" else [obj]:
            path = self._path_of(each, None)
            _accepted(("create", path), *self._send("POST", path, query, each))

    def _list(self, kind: str, namespace: str | None, query: Mapping[str, str]) -> Iterator[Object]:
        answer = _accepted(("get", kind), *self._send("GET", self._path(kind, None, namespace), query))
        identity = {"apiVersion": answer["apiVersion"], "kind": answer["kind"].removesuffix("List")}
        for obj in answer["items"]:
            obj["metadata"].pop("managedFields", None)
            yield {**identity, **obj}

    def _path_of(self, obj: Mapping[str, Any], name: str | None) -> str:
        group = str(obj["apiVersion"]).rpartition("/")[0]
        kind = f"{obj['kind']}.{group}" if group else str(obj["kind"])
        return self._path(kind, name, obj["metadata"].get("namespace", "default"))

    def _path(self, kind: str, name: str | None, namespace: str | None) -> str:
        start, plural, is_namespaced = self._kind(kind.lower())
        where = f"/namespaces/{quote(namespace)}" if is_namespaced and namespace else ""
        return f"/{start}{where}/{plural}" + (f"/{quote(name)}" if name else "")

    def _kind(self, kind: str) -> Kind:
        if kind not in self._kinds:
            self._kinds = dict(self._discovered())
        if kind not in self._kinds:
            raise KubectlError(("get", kind), 1, f'error: the server doesn\'t have a resource type "{kind}"')
        return self._kinds[kind]

    def _discovered(self) -> Iterator[tuple[str, Kind]]:
        """Every kind by each of its names, in the opposite order: the first kind with a name counts."""
        answers = [
            _accepted(("api-resources",), *self._send("GET", path, accept=DISCOVERY)) for path in ("/api", "/apis")
        ]
        for group in reversed([group for answer in answers for group in answer["items"]]):
            name = group["metadata"].get("name", "")
            for version in reversed(group["versions"]):
                start = f"apis/{name}/{version['version']}" if name else f"api/{version['version']}"
                for each in version.get("resources") or []:
                    found = (start, each["resource"], each["scope"] == "Namespaced")
                    names = [each["resource"], each.get("singularResource"), *(each.get("shortNames") or [])]
                    for word in {*filter(None, names), each["responseKind"]["kind"].lower()}:
                        yield word, found
                        yield f"{word}.{name}", found

    def _send(
        self,
        method: str,
        path: str,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        content_type: str = JSON,
        *,
        accept: str = JSON,
    ) -> tuple[int, Object]:
        certificates = Certificates(self._plane.directory / "pki")
        where = f"{path}?{urlencode(query)}" if query else path
        try:
            connection = http.client.HTTPSConnection(
                urlsplit(str(self._plane.status().server)).netloc,
                timeout=PATIENCE_SECONDS,
                context=_context(certificates.ca, certificates.admin, certificates.ca.stat().st_mtime_ns),
            )
            try:
                content = None if body is None else json.dumps(body)
                connection.request(method, where, content, {"Accept": accept, "Content-Type": content_type})
                response = connection.getresponse()
                answer: Object = json.loads(response.read())
            finally:
                connection.close()
        except (OSError, http.client.HTTPException) as error:
            raise KubectlError((method, path), 1, f"The connection to the server failed: {error}") from error
        return response.status, answer


def _accepted(arguments: tuple[str, ...], status: int, answer: Object) -> Object:
    if status >= HTTPStatus.BAD_REQUEST:
        message = f"Error from server ({answer.get('reason')}): {answer.get('message')}"
        raise KubectlError(arguments, 1, message)
    return answer


@functools.cache
def _context(authority: Path, certificate: Path, made: int) -> ssl.SSLContext:
    """Cached for each control plane: one that was recreated has new files at the same paths."""
    context = ssl.create_default_context(cafile=str(authority))
    context.load_cert_chain(str(certificate), str(certificate.with_suffix(".key")))
    return context
