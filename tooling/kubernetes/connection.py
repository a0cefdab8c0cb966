"""Requests to one API server: objects are plain JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx2

from tooling.http_date import seconds_ahead
from tooling.kubernetes.credentials import EXEC_FAILURES, CredentialsUnusable, exec_failure, prepare
from tooling.kubernetes.errors import ClusterRefused, ClusterUnreachable
from tooling.kubernetes.kubeconfig import Access

MANAGER: Final = "homelab-delivery"
"""The field manager of the annotations: server-side apply by other managers keeps them."""

METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
"""Lists with the objects' metadata only: without the values of Secrets."""

_PAGE: Final = "500"
_TIMEOUT: Final = httpx2.Timeout(10.0, connect=5.0)

_NEXT: Final = {
    401: "Check the kubeconfig's credentials with `kubectl auth whoami`",
    403: "Give the kubeconfig's user this permission (`kubectl auth can-i --list` shows its permissions)",
}
_OTHERWISE: Final = "Check the API server with `kubectl get --raw /readyz`"

Object = dict[str, Any]


class Connection:
    """One API server as one user. Close it after use."""

    def __init__(self, access: Access) -> None:
        """:raises ClusterUnreachable: the credentials cannot be used"""
        self.server = access.server
        self.seconds_ahead: float | None = None
        """How far the clock of the API server was ahead of this machine's at the last answer; None if unknown."""
        try:
            credentials = prepare(access)
        except CredentialsUnusable as error:
            raise self._unusable(str(error)) from error
        self._extensions = credentials.extensions
        self._http = httpx2.AsyncClient(
            base_url=self.server,
            auth=credentials.auth,
            verify=credentials.tls,
            proxy=credentials.proxy,
            timeout=_TIMEOUT,
            headers={"accept": "application/json", "user-agent": MANAGER},
        )

    async def close(self) -> None:
        await self._http.aclose()

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Object | None:
        """
        An object or list, or None if it does not exist.

        :raises ClusterUnreachable: the API server gave no answer
        :raises ClusterRefused: the API server refused the request
        """
        return await self._request("GET", path, query or {}, None)

    async def text(self, path: str, query: Mapping[str, str]) -> str | None:
        """What a subresource answers that is no object, such as a log; None if it does not exist. Raises as `get`."""
        response = await self._answer("GET", path, query, None, accept="application/json, */*")
        if response.status_code == httpx2.codes.NOT_FOUND:
            return None
        if response.is_success:
            return response.text
        raise self._refusal("GET", path, response.status_code, _json(response))

    async def list_all(self, path: str, selector: str = "") -> list[Object]:
        """
        Every object of a collection; none if the API server does not serve it. Raises as `get`.

        :param selector: of the objects' labels
        """
        return await self._pages(path, {"labelSelector": selector} if selector else {}, "application/json") or []

    async def list_metadata(self, path: str) -> list[Object] | None:
        """
        The metadata of every object of a collection, or None if the API server does not serve it. Raises as `get`.
        """
        found = await self._pages(path, {}, METADATA_LIST)
        return None if found is None else [item.get("metadata") or {} for item in found]

    async def _pages(self, path: str, selection: Mapping[str, str], accept: str) -> list[Object] | None:
        found: list[Object] = []
        query = {"limit": _PAGE, **selection}
        while True:
            page = await self._request("GET", path, query, None, accept=accept)
            if page is None:
                return None
            found += page.get("items") or []
            if not (following := (page.get("metadata") or {}).get("continue")):
                return found
            query = {"limit": _PAGE, **selection, "continue": str(following)}

    async def delete(self, path: str, uid: str) -> None:
        """Delete the object with this UID; an object that is gone is skipped. Raises as `get`."""
        options = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        await self._request("DELETE", path, {}, options, content_type="application/json")

    async def annotate(self, path: str, annotations: Mapping[str, str]) -> None:
        """Set annotations of an existing object; an object that is gone is skipped. Raises as `get`."""
        # Applying would create a missing object.
        await self.merge(path, {"metadata": {"annotations": dict(annotations)}})

    async def merge(self, path: str, patch: Object) -> Object | None:
        """The object after a merge patch, or None if it does not exist. Raises as `get`."""
        return await self._request("PATCH", path, {"fieldManager": MANAGER}, patch)

    async def _request(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Object | None,
        *,
        content_type: str = "application/merge-patch+json",
        accept: str = "application/json",
    ) -> Object | None:
        response = await self._answer(method, path, query, body, content_type=content_type, accept=accept)
        if response.status_code == httpx2.codes.NOT_FOUND:
            return None
        answer = _json(response)
        if response.is_success and isinstance(answer, dict):
            return answer
        raise self._refusal(method, path, response.status_code, answer)

    async def _answer(
        self,
        method: str,
        path: str,
        query: Mapping[str, str],
        body: Object | None,
        *,
        content_type: str = "",
        accept: str,
    ) -> httpx2.Response:
        headers = {"accept": accept} | ({} if body is None else {"content-type": content_type})
        try:
            response = await self._http.request(
                method,
                path,
                params=dict(query),
                content=None if body is None else json.dumps(body),
                headers=headers,
                extensions=self._extensions,
            )
        except httpx2.TransportError as error:
            raise self._silent(error) from error
        except EXEC_FAILURES as error:
            raise self._unusable(exec_failure(error)) from error
        self.seconds_ahead = seconds_ahead(response.headers.get("date", ""))
        return response

    def _silent(self, error: httpx2.TransportError) -> ClusterUnreachable:
        found = "no answer in time" if isinstance(error, httpx2.TimeoutException) else "connection failed"
        return ClusterUnreachable(
            f"Kubernetes API unreachable at {self.server}: {found} ({type(error).__name__}). Check it with "
            "`kubectl get --raw /readyz`, then run the command again.",
            passing=True,
        )

    def _unusable(self, found: str) -> ClusterUnreachable:
        return ClusterUnreachable(
            f"The kubeconfig's credentials for {self.server} cannot be used: {found}. Check them with `kubectl auth "
            "whoami`, then run the command again.",
            passing=False,
        )

    def _refusal(self, method: str, path: str, status: int, body: Any) -> ClusterRefused:
        fields = body if isinstance(body, dict) else {}
        reason, cause = str(fields.get("reason") or ""), str(fields.get("message") or "no reason given")
        message = (
            f"The Kubernetes API at {self.server} refused {method} {path}: {status} {reason}: {cause[:500]}. "
            f"{_NEXT.get(status, _OTHERWISE)}, then run the command again."
        )
        return ClusterRefused(message, status=status, reason=reason)


def _json(response: httpx2.Response) -> Any:
    """The body; None if it is no JSON."""
    try:
        return response.json()
    except ValueError:
        return None
