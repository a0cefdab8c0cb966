"""The Kubernetes cluster of the provider's kubeconfig: for delivery checks, restarts, and the values in use."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tooling.kubernetes.errors import ClusterUnreachable, KubeconfigError

if TYPE_CHECKING:
    from tooling.kubernetes.connection import Connection


class Cluster:
    """
    Connects on first use. Close it after use.

    :param kubeconfig: its content or path; empty for the ambient one
    :param context: empty for the kubeconfig's current one
    """

    def __init__(self, kubeconfig: str = "", context: str = "") -> None:
        self._kubeconfig, self._context = kubeconfig, context
        self._connection: Connection | None = None
        self._read: dict[str, Any] = {}
        self._failure: ClusterUnreachable | None = None
        self._locks: dict[str, asyncio.Lock] = {}

    async def read_once(self, path: str) -> dict[str, Any] | None:
        """
        An object as this process read it first, or None if it does not exist.

        :raises KubernetesError: it cannot be read; if the cluster does not answer, no further object is tried
        """
        async with self._locks.setdefault(path, asyncio.Lock()):
            if self._failure:
                raise self._failure
            if path not in self._read:
                try:
                    self._read[path] = await self.connection.get(path)
                except ClusterUnreachable as error:
                    self._failure = error
                    raise
            found: dict[str, Any] | None = self._read[path]
            return found

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def connection(self) -> Connection:
        """:raises KubernetesError: the kubeconfig or its credentials cannot be used"""
        if self._connection is None:
            # Slow to load, and other resources do not need it.
            from tooling.kubernetes.connection import Connection
            from tooling.kubernetes.kubeconfig import find_access

            try:
                access = find_access(self._kubeconfig, self._context)
            except KubeconfigError as error:
                message = (
                    f"No Kubernetes cluster: {error}. Set the infisical provider's `kubeconfig` (content or path) and "
                    "`context`, or KUBECONFIG; `kubectl config view` shows what it holds. Then run `pulumi up`."
                )
                raise KubeconfigError(message) from error
            self._connection = Connection(access)
        return self._connection
