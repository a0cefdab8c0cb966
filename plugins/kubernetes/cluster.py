"""
The objects of one cluster, by kind, namespace and name.

Nothing is asked before it is needed. A cluster that never answered stays unreachable for the life of the process:
its kubeconfig leads nowhere, and each further try would take its time.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from typing import TYPE_CHECKING, Any

from plugins.kubernetes.config import Config
from plugins.kubernetes.errors import ApiError, ClusterUnreachable, KindUnknown
from plugins.kubernetes.kinds import Kind
from plugins.kubernetes.kubeconfig import Access, KubeconfigError, find_access
from plugins.kubernetes.manifest import Manifest, kind_of, metadata, name_of, namespace_of

if TYPE_CHECKING:
    from plugins.kubernetes.client import Connection
    from plugins.kubernetes.discovery import Discovery, Resource

SETUP_HELP = "https://www.pulumi.com/registry/packages/kubernetes/installation-configuration/"

ABSENCE_SECONDS = 30
"""For which an API server may be away while an object of it is waited for: it restarts, or a laptop slept."""

CREATOR = "pulumi-kubernetes"
"""The field manager of objects as they are created; updates then take its fields over under the resource's own."""


class Cluster:
    """Raises `ApiError`, `KindUnknown` and `ClusterUnreachable`."""

    def __init__(self, config: Config) -> None:
        self._config = config
        self._connection: Connection | None = None
        self._discovery: Discovery | None = None
        self._answered = False
        self._unreachable: ClusterUnreachable | None = None
        try:
            self._access: Access | None = find_access(config.kubeconfig, config.context, config.cluster)
        except KubeconfigError as error:
            self._access = None
            self._unreachable = ClusterUnreachable(_no_access(config, error))

    @property
    def default_namespace(self) -> str:
        """Where objects without a namespace go; "" where there is neither a configured one nor a kubeconfig."""
        return self._config.namespace or (self._access.namespace if self._access else "")

    @property
    def configured(self) -> bool:
        """Whether there is a kubeconfig to use."""
        return self._access is not None

    def discovery(self) -> Discovery:
        if self._unreachable:
            raise self._unreachable
        if self._discovery is None:
            # The HTTP client takes longer to import than most previews need it for.
            from plugins.kubernetes.client import Connection
            from plugins.kubernetes.discovery import Discovery

            assert self._access is not None
            try:
                self._connection = Connection(self._access, self._config.client)
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
        """Whether there are objects of a kind; False as well where the cluster cannot be reached."""
        try:
            await self._resource(kind)
        except (ClusterUnreachable, KindUnknown):
            return False
        return True

    async def is_namespaced(self, kind: Kind) -> bool | None:
        """Whether a kind's objects live in namespaces; None where that cannot be known (yet)."""
        if kind.namespaced is not None:
            return kind.namespaced
        try:
            return (await self._resource(kind)).namespaced
        except (ClusterUnreachable, KindUnknown):
            return None

    async def get(self, kind: Kind, namespace: str, name: str) -> Manifest:
        return await self._object("GET", self._item(await self._resource(kind), namespace, name))

    async def find(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """The object, or None where there is none."""
        try:
            return await self.get(kind, namespace, name)
        except ApiError as error:
            if error.not_found:
                return None
            raise

    async def create(self, manifest: Manifest, *, dry_run: bool) -> Manifest:
        resource = await self._resource(kind_of(manifest))
        query = {"fieldManager": CREATOR, "fieldValidation": "Warn", **_dry(dry_run)}
        path = resource.collection(namespace_of(manifest) or self._fallback)
        return await self._object("POST", path, query=query, body=_placed(manifest, resource))

    async def apply(self, manifest: Manifest, manager: str, *, force: bool, dry_run: bool) -> Manifest:
        """Server-side apply: own exactly the fields in `manifest` as `manager`."""
        from plugins.kubernetes.client import APPLY_PATCH

        query = {"fieldManager": manager, "fieldValidation": "Warn", "force": _word(force), **_dry(dry_run)}
        resource = await self._resource(kind_of(manifest))
        path, body = self._path(resource, manifest), _placed(manifest, resource)
        return await self._object("PATCH", path, query=query, body=body, content_type=APPLY_PATCH)

    async def replace(self, manifest: Manifest, manager: str, *, dry_run: bool) -> Manifest:
        """Write the whole object; its resourceVersion has to be the live one's."""
        query = {"fieldManager": manager, **_dry(dry_run)}
        resource = await self._resource(kind_of(manifest))
        return await self._object("PUT", self._path(resource, manifest), query=query, body=_placed(manifest, resource))

    async def patch(self, live: Manifest, operations: list[dict[str, Any]]) -> Manifest:
        """A JSON patch of a live object."""
        from plugins.kubernetes.client import JSON_PATCH

        path = self._path(await self._resource(kind_of(live)), live)
        return await self._object("PATCH", path, body=operations, content_type=JSON_PATCH)

    async def delete(self, manifest: Manifest, propagation: str) -> Manifest | None:
        """Start to delete an object; what remains of it meanwhile, None where it is gone at once."""
        path = self._path(await self._resource(kind_of(manifest)), manifest)
        left = await self._object("DELETE", path, body={"propagationPolicy": propagation})
        return None if left.get("kind") == "Status" else left

    async def follow(self, live: Manifest) -> AsyncGenerator[Manifest | None]:
        """The object each time it changes from now on; None, and the end, when it is gone (or another in its place)."""
        kind, namespace, name = kind_of(live), namespace_of(live), name_of(live)
        uid, version = metadata(live).get("uid"), metadata(live).get("resourceVersion", "")
        path = (await self._resource(kind)).collection(namespace or self._fallback)
        assert self._connection is not None
        while True:
            query = {"fieldSelector": f"metadata.name={name}", "resourceVersion": version}
            try:
                async with self._connection.watch(path, query) as events:
                    async for event, seen in events:
                        if event == "ERROR":
                            break
                        if event == "DELETED":
                            yield None
                            return
                        version = seen["metadata"]["resourceVersion"]
                        yield seen
            except ApiError as error:
                if error.http_code != 410:
                    raise
            # The watch has ended, maybe with changes missed.
            current = await self._find_again(kind, namespace, name)
            if current is None or metadata(current).get("uid") != uid:
                yield None
                return
            version = current["metadata"]["resourceVersion"]
            yield current

    async def _find_again(self, kind: Kind, namespace: str, name: str) -> Manifest | None:
        """As `find`; a server that has answered before is given a while to come back."""
        for _ in range(ABSENCE_SECONDS):
            try:
                return await self.find(kind, namespace, name)
            except ClusterUnreachable:
                await asyncio.sleep(1)
        return await self.find(kind, namespace, name)

    async def list(self, kind: Kind, namespace: str, query: Mapping[str, str]) -> list[Manifest]:
        path = (await self._resource(kind)).collection(namespace)
        answer = await self._request("GET", path, query=query)
        items: list[Manifest] = answer.get("items") or []
        return items

    async def close(self) -> None:
        if self._connection:
            await self._connection.close()

    @property
    def _fallback(self) -> str:
        return self.default_namespace or "default"

    def _path(self, resource: Resource, manifest: Manifest) -> str:
        return self._item(resource, namespace_of(manifest), name_of(manifest))

    def _item(self, resource: Resource, namespace: str, name: str) -> str:
        return resource.item(namespace or self._fallback, name)

    async def _resource(self, kind: Kind) -> Resource:
        try:
            resource = await self.discovery().resource(kind)
        except ClusterUnreachable as error:
            raise self._remembered(error) from None
        self._answered = True
        return resource

    async def _object(self, method: str, path: str, **request: Any) -> Manifest:
        answer: Manifest = await self._request(method, path, **request)
        return answer

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


def _placed(manifest: Manifest, resource: Resource) -> Manifest:
    """Without the namespace that was assumed while nobody knew that the kind has none."""
    if resource.namespaced or not namespace_of(manifest):
        return manifest
    kept = {key: value for key, value in metadata(manifest).items() if key != "namespace"}
    return {**manifest, "metadata": kept}


def _word(flag: bool) -> str:
    return "true" if flag else "false"


def _dry(dry_run: bool) -> dict[str, str]:
    return {"dryRun": "All"} if dry_run else {}


def _no_access(config: Config, error: KubeconfigError) -> str:
    if config.kubeconfig:
        return f"failed to parse kubeconfig data in `kubernetes:config:kubeconfig`- {error.message}"
    return (
        "unable to load Kubernetes client configuration from kubeconfig file. Make sure you have: \n\n"
        f" \t • set up the provider as per {SETUP_HELP} \n\n {error.message}"
    )
