"""
Requests to one API server: objects are plain JSON.

lightkube reads the credentials (certificates, tokens, exec plugins) and prepares TLS.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx2
import msgspec
from lightkube.config import client_adapter
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import Cluster, Context, User
from lightkube.core.exceptions import ConfigError

from tooling.kubernetes.errors import ClusterRefused, ClusterUnreachable
from tooling.kubernetes.kubeconfig import Access

MANAGER: Final = "homelab-delivery"
"""The field manager of the annotations: server-side apply by other managers keeps them."""

METADATA_LIST: Final = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json"
"""Lists with the objects' metadata only: without the values of Secrets."""

_PAGE: Final = "500"
_TIMEOUT: Final = httpx2.Timeout(10.0, connect=5.0)
_EXEC_VERSION: Final = "client.authentication.k8s.io/v1beta1"

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
        try:
            user = msgspec.convert(_user(access.user), User)
            config = SingleConfig(
                "provider", Context(cluster="provider"), msgspec.convert(dict(access.cluster), Cluster), user
            )
            tls = client_adapter.verify_cluster(config.cluster, user, config.abs_file)
            auth = client_adapter.user_auth(user)
        except (ConfigError, OSError, ValueError, msgspec.ValidationError) as error:
            raise self._unusable(_cause(error)) from error
        name = access.cluster.get("tls-server-name")
        self._extensions = {"sni_hostname": name} if name else None
        self._http = httpx2.AsyncClient(
            base_url=self.server,
            auth=auth,
            verify=tls,
            proxy=access.cluster.get("proxy-url"),
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

    async def list_metadata(self, path: str) -> list[Object] | None:
        """
        The metadata of every object of a collection, or None if the API server does not serve it. Raises as `get`.
        """
        found: list[Object] = []
        query = {"limit": _PAGE}
        while True:
            page = await self._request("GET", path, query, None, accept=METADATA_LIST)
            if page is None:
                return None
            found += [item.get("metadata") or {} for item in page.get("items") or []]
            if not (following := (page.get("metadata") or {}).get("continue")):
                return found
            query = {"limit": _PAGE, "continue": str(following)}

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
        except (ConfigError, OSError, KeyError, ValueError) as error:
            # An exec plugin prints credentials, so its output is not quoted.
            found = f"its exec plugin or token file failed with {type(error).__name__}"
            raise self._unusable(found) from error
        if response.status_code == httpx2.codes.NOT_FOUND:
            return None
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.is_success and isinstance(answer, dict):
            return answer
        raise self._refusal(method, path, response.status_code, answer)

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


def _cause(error: Exception) -> str:
    """What is wrong with the credentials, without quoting them."""
    if isinstance(error, OSError) and error.filename:
        return f"cannot read {error.filename} ({error.strerror})"
    return f"a certificate, key or token is invalid ({type(error).__name__})"


def _user(fields: Mapping[str, Any]) -> Object:
    user = dict(fields)
    if plugin := user.get("exec"):
        # lightkube knows the newest protocol version only under its older name, and does not announce it.
        version = {"apiVersion": plugin.get("apiVersion"), "kind": "ExecCredential", "spec": {"interactive": False}}
        announced = {"name": "KUBERNETES_EXEC_INFO", "value": json.dumps(version)}
        user["exec"] = {**plugin, "apiVersion": _EXEC_VERSION, "env": [*(plugin.get("env") or []), announced]}
    return user
