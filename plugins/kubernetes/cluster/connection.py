"""Requests to one API server: JSON in, JSON out, over one pool of connections for the whole process."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import msgspec

from plugins.kubernetes import VERSION
from plugins.kubernetes.cluster.errors import ApiError, ClusterUnreachable
from plugins.kubernetes.objects.kubernetes_object import Body
from tooling.kubernetes.credentials import EXEC_FAILURES, CredentialsUnusable, exec_failure, prepare
from tooling.kubernetes.kubeconfig import Access

CONNECTIONS = 32
"""For concurrent requests; more would only queue in the API server. Watches use their own connections."""

JSON_PATCH = "application/json-patch+json"
APPLY_PATCH = "application/apply-patch+yaml"

USER_AGENT = f"pulumi-kubernetes/{VERSION}"
RETRIED = (429, 503, 504)
RETRIES = 5
WATCH_SECONDS = 300
NO_CONNECTION = "All connection attempts failed"


class Connection:
    """One API server as one user."""

    def __init__(self, access: Access) -> None:
        """:raises ClusterUnreachable: the credentials cannot be used"""
        try:
            self._credentials = prepare(access)
        except CredentialsUnusable as error:
            raise _unusable(access.server, str(error)) from None
        self.server = access.server
        self._extensions = self._credentials.extensions
        self._http = self._client(CONNECTIONS)
        self._watches: httpx2.AsyncClient | None = None

    def _client(self, connections: int | None) -> httpx2.AsyncClient:
        limits = httpx2.Limits(max_connections=connections, max_keepalive_connections=connections, keepalive_expiry=60)
        return httpx2.AsyncClient(
            base_url=self.server,
            auth=self._credentials.auth,
            verify=self._credentials.tls,
            proxy=self._credentials.proxy,
            limits=limits,
            timeout=httpx2.Timeout(60, connect=10, pool=None),
            headers={"User-Agent": USER_AGENT, "Accept": "application/json"},
        )

    async def request(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Any = None,
        content_type: str = "application/json",
    ) -> Any:
        """
        The decoded answer.

        :raises ApiError: the API server refused
        :raises ClusterUnreachable: it did not answer
        """
        content = msgspec.json.encode(body) if body is not None else None
        headers = {"Content-Type": content_type} if content is not None else {}
        for attempt in range(RETRIES + 1):
            try:
                response = await self._http.request(
                    method, path, params=query, content=content, headers=headers, extensions=self._extensions
                )
            except httpx2.TransportError as error:
                raise self._unreachable(error) from None
            except EXEC_FAILURES as error:
                raise _unusable(self.server, exec_failure(error)) from None
            if attempt < RETRIES and await _asked_to_wait(response):
                continue
            return _answer(response.status_code, response.content)
        raise AssertionError

    @asynccontextmanager
    async def watch(self, path: str, query: Mapping[str, str]) -> AsyncIterator[AsyncIterator[tuple[str, Body]]]:
        """
        Events of a watch (type and object) until the server ends it or the connection breaks.

        Raises like `request` if the watch does not start.
        """
        if self._watches is None:
            self._watches = self._client(None)
        params = {**query, "watch": "true", "timeoutSeconds": str(WATCH_SECONDS)}
        timeout = httpx2.Timeout(10, read=WATCH_SECONDS + 10)
        try:
            for attempt in range(RETRIES + 1):
                async with self._watches.stream(
                    "GET", path, params=params, timeout=timeout, extensions=self._extensions
                ) as response:
                    # The server refuses the first watch of a new kind until its cache is ready.
                    if attempt < RETRIES and await _asked_to_wait(response):
                        continue
                    if response.is_error:
                        _answer(response.status_code, await response.aread())
                    yield _events(response)
                    return
        except httpx2.TransportError as error:
            raise self._unreachable(error) from None

    def _unreachable(self, error: httpx2.TransportError) -> ClusterUnreachable:
        cause = str(error) or type(error).__name__
        if isinstance(error, httpx2.ConnectError) and NO_CONNECTION in cause:
            cause = "connection refused"
        message = (
            f"no answer from the API server {self.server}: {cause}. "
            "Check it with `kubectl get --raw /readyz`, then run the command again"
        )
        return ClusterUnreachable(message)

    async def close(self) -> None:
        await self._http.aclose()
        if self._watches:
            await self._watches.aclose()


def _answer(code: int, content: bytes) -> Any:
    try:
        answer = msgspec.json.decode(content) if content else {}
    except msgspec.DecodeError:
        answer = {"message": content[:500].decode(errors="replace").strip()}
    if code >= 400:
        raise ApiError(code, answer if isinstance(answer, dict) else {})
    return answer


async def _asked_to_wait(response: httpx2.Response) -> bool:
    """Wait if the server asks for a retry; whether it did."""
    if response.status_code not in RETRIED or "Retry-After" not in response.headers:
        return False
    after = response.headers["Retry-After"]
    await asyncio.sleep(float(after) if after.isdigit() else 1.0)
    return True


async def _events(response: httpx2.Response) -> AsyncIterator[tuple[str, Body]]:
    try:
        async for line in response.aiter_lines():
            if line:
                event = msgspec.json.decode(line)
                yield event["type"], event["object"]
    except httpx2.TransportError:
        # Handled like a regular end: a laptop slept, or the API server restarts.
        return


def _unusable(server: str, found: str) -> ClusterUnreachable:
    message = (
        f"the kubeconfig's credentials for {server} cannot be used: {found}. "
        "Check them with `kubectl auth whoami`, then run the command again"
    )
    return ClusterUnreachable(message)
