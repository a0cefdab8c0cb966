"""
The objects of one cluster, by kind, namespace and name.

No request is sent before it is needed. A cluster that never answered stays unreachable for the life of the process:
each further attempt would take time.
"""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncGenerator
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.cluster.errors import ApiError, ClusterUnreachable, KindUnknown
from plugins.kubernetes.config import SETUP_HELP, Config
from plugins.kubernetes.objects.kinds import Kind
from plugins.kubernetes.objects.kubernetes_object import Body, KubernetesObject
from tooling.kubernetes.errors import KubeconfigError
from tooling.kubernetes.kubeconfig import Access, find_access

if TYPE_CHECKING:
    from plugins.kubernetes.cluster.connection import Connection
    from plugins.kubernetes.cluster.discovery import Discovery, Resource

ABSENCE_SECONDS = 30
"""How long an API server may be away during a wait: it restarts, or a laptop slept."""

CREATOR = "pulumi-kubernetes"
"""The field manager of creations. Updates take its fields over to the resource's own field manager."""


class Cluster:
    """Raises `ApiError`, `KindUnknown` and `ClusterUnreachable`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: Connection | None = None
        self._discovery: Discovery | None = None
        self._answered = False
        self._unreachable: ClusterUnreachable | None = None

    @functools.cached_property
    def _access(self) -> Access | None:
        # Read at the first use: a provider is made before its configuration is known.
        config = self._config
        try:
            return find_access(config.kubeconfig, config.context, config.cluster)
        except KubeconfigError as error:
            self._unreachable = ClusterUnreachable(f"{error}. Fix: {SETUP_HELP}")
            return None

    @property
    def default_namespace(self) -> str:
        """The namespace of objects without one; empty without a configured one and a kubeconfig."""
        return self._config.namespace or (self._access.namespace if self._access else "")

    def discovery(self) -> Discovery:
        access = self._access
        if self._unreachable:
            raise self._unreachable
        if self._discovery is None:
            # Slow to import, and many previews send no request.
            from plugins.kubernetes.cluster.connection import Connection
            from plugins.kubernetes.cluster.discovery import Discovery

            assert access is not None
            try:
                self._connection = Connection(access)
            except ClusterUnreachable as error:
                self._unreachable = error
                raise
            self._discovery = Discovery(self._connection)
        return self._discovery

    async def check_reachable(self) -> None:
        """:raises ClusterUnreachable: it cannot be reached"""
        self.discovery()
        if not self._answered:
            await self._request("GET", "/version")

    async def serves(self, kind: Kind) -> bool:
        """Whether the cluster serves a kind; also False if the cluster is unreachable."""
        try:
            await self._resource(kind)
        except (ClusterUnreachable, KindUnknown):
            return False
        return True

    async def is_namespaced(self, kind: Kind) -> bool | None:
        """Whether a kind's objects are in a namespace; None if the cluster cannot say."""
        if kind.namespaced is not None:
            return kind.namespaced
        try:
            return (await self._resource(kind)).namespaced
        except (ClusterUnreachable, KindUnknown):
            return None

    async def get(self, kind: Kind, namespace: str, name: str) -> KubernetesObject:
        return await self._object("GET", self._item(await self._resource(kind), namespace, name))

    async def find(self, kind: Kind, namespace: str, name: str) -> KubernetesObject | None:
        """The object, or None if it does not exist."""
        try:
            return await self.get(kind, namespace, name)
        except ApiError as error:
            if error.not_found:
                return None
            raise

    async def create(self, inputs: KubernetesObject, *, dry_run: bool) -> KubernetesObject:
        resource = await self._resource(inputs.kind)
        query = {"fieldManager": CREATOR, "fieldValidation": "Warn", **_dry(dry_run)}
        path = resource.collection(inputs.namespace or self._fallback)
        return await self._object("POST", path, query=query, body=_placed(inputs, resource))

    async def apply(self, inputs: KubernetesObject, manager: str, *, force: bool, dry_run: bool) -> KubernetesObject:
        """Server-side apply: `manager` then owns exactly the fields of the inputs."""
        from plugins.kubernetes.cluster.connection import APPLY_PATCH

        query = {"fieldManager": manager, "fieldValidation": "Warn", "force": str(force).lower(), **_dry(dry_run)}
        resource = await self._resource(inputs.kind)
        path, body = self._path(resource, inputs), _placed(inputs, resource)
        return await self._object("PATCH", path, query=query, body=body, content_type=APPLY_PATCH)

    async def patch(self, live: KubernetesObject, operations: list[dict[str, Any]]) -> KubernetesObject:
        """A JSON patch of a live object."""
        from plugins.kubernetes.cluster.connection import JSON_PATCH

        path = self._path(await self._resource(live.kind), live)
        return await self._object("PATCH", path, body=operations, content_type=JSON_PATCH)

    async def delete(self, live: KubernetesObject, propagation: str) -> KubernetesObject | None:
        """Start to delete an object: the object that is still there, or None if it is gone at once."""
        path = self._path(await self._resource(live.kind), live)
        left = await self._request("DELETE", path, body={"propagationPolicy": propagation})
        if left.get("kind") == "Status":
            return None
        return KubernetesObject.from_body({"apiVersion": live.api_version, "kind": live.kind.name, **left})

    async def follow(self, live: KubernetesObject) -> AsyncGenerator[KubernetesObject | None]:
        """The object after each change. None, and the end, once it is gone or another object has its name."""
        version = live.version
        path = (await self._resource(live.kind)).collection(live.namespace or self._fallback)
        assert self._connection is not None
        while True:
            query = {"fieldSelector": f"metadata.name={live.name}", "resourceVersion": version}
            try:
                async with self._connection.watch(path, query) as events:
                    async for event, body in events:
                        if event == "ERROR":
                            break
                        if event == "DELETED":
                            yield None
                            return
                        changed = KubernetesObject.from_body(body)
                        version = changed.version
                        yield changed
            except ApiError as error:
                if error.http_code != 410:
                    raise
            # The watch has ended and may have missed changes.
            current = await self._find_again(live)
            if current is None or current.uid != live.uid:
                yield None
                return
            version = current.version
            yield current

    async def _find_again(self, live: KubernetesObject) -> KubernetesObject | None:
        """As `find`, but with retries: a server that has answered before may come back."""
        for _ in range(ABSENCE_SECONDS):
            try:
                return await self.find(live.kind, live.namespace, live.name)
            except ClusterUnreachable:
                await asyncio.sleep(1)
        return await self.find(live.kind, live.namespace, live.name)

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def _fallback(self) -> str:
        return self.default_namespace or "default"

    def _path(self, resource: Resource, placed: KubernetesObject) -> str:
        return self._item(resource, placed.namespace, placed.name)

    def _item(self, resource: Resource, namespace: str, name: str) -> str:
        return resource.item(namespace or self._fallback, name)

    async def _resource(self, kind: Kind) -> Resource:
        try:
            resource = await self.discovery().resource(kind)
        except ClusterUnreachable as error:
            raise self._remembered(error) from None
        self._answered = True
        return resource

    async def _object(self, method: str, path: str, **request: Any) -> KubernetesObject:
        return KubernetesObject.from_body(await self._request(method, path, **request))

    async def _request(self, method: str, path: str, **request: Any) -> Any:
        self.discovery()
        assert self._connection is not None
        try:
            answer = await self._connection.request(method, path, **request)
        except ClusterUnreachable as error:
            raise self._remembered(error) from None
        except ApiError:
            self._answered = True
            raise
        self._answered = True
        return answer

    def _remembered(self, error: ClusterUnreachable) -> ClusterUnreachable:
        if not self._answered:
            self._unreachable = error
        return error


def _placed(inputs: KubernetesObject, resource: Resource) -> Body:
    """The body without a namespace that Check assumed before the cluster served the kind."""
    return inputs.body if resource.namespaced else inputs.with_namespace("").body


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}
