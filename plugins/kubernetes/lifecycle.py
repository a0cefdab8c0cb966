"""Create, read, update and delete: each takes properties and gives the state to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.kubernetes import deletion, writing
from plugins.kubernetes.bookkeeping import Record, manager_for, read_state, write_state
from plugins.kubernetes.cluster import Cluster
from plugins.kubernetes.config import Config
from plugins.kubernetes.errors import (
    ALREADY_EXISTS_HELP,
    ApiError,
    ClusterUnreachable,
    KindUnknown,
    NotReady,
    apply_failure,
)
from plugins.kubernetes.inputs import canonical
from plugins.kubernetes.kinds import is_patch
from plugins.kubernetes.manifest import Manifest, kind_of, name_of, namespace_of, object_id, to_manifest
from plugins.kubernetes.ownership import relinquish
from plugins.kubernetes.progress import Progress
from plugins.kubernetes.readiness import await_ready
from plugins.kubernetes.secrecy import without_secrets
from plugins.kubernetes.waits import Waits
from plugins.protocol.errors import InitializationError, ProviderError
from plugins.protocol.properties import Properties, Value, has_unknown


@dataclass(frozen=True)
class Resource:
    """Which resource a call is about: its URN, its type, its custom timeout in seconds (0 without one)."""

    urn: str
    token: str
    timeout: float = 0


class Lifecycle:
    """What the provider does to a cluster's objects."""

    def __init__(self, cluster: Cluster, config: Config, waits: Waits) -> None:
        self._cluster = cluster
        self._config = config
        self._waits = waits

    async def preview_create(self, resource: Resource, news: Mapping[str, Value], progress: Progress) -> Properties:
        """What the object would become; the inputs alone where the API server cannot say yet."""
        inputs = to_manifest(news)
        kind = kind_of(inputs)
        if has_unknown(inputs) or is_patch(resource.token, kind.name) or not await self._cluster.serves(kind):
            return dict(news)
        manager = manager_for(inputs)
        try:
            live = await self._write(inputs, manager, patch=False, dry_run=True, progress=progress)
        except ApiError as error:
            # What is missing or in the way now may not be when it comes to the creation.
            if error.forbidden or error.without_dry_run or error.already_exists or error.namespace_missing:
                return dict(news)
            raise self._not_created(resource, news, manager, error) from None
        live.pop("status", None)
        return self._state(inputs, live, news, manager)

    async def create(self, resource: Resource, news: Mapping[str, Value], progress: Progress) -> tuple[str, Properties]:
        """
        Create the object, or own its fields where it is a patch; wait until it is ready. Its id and state.

        :raises InitializationError: it is there, but not ready
        """
        inputs = to_manifest(news)
        manager = manager_for(inputs)
        patch = is_patch(resource.token, kind_of(inputs).name)
        try:
            live = await self._write(inputs, manager, patch=patch, dry_run=False, progress=progress)
        except (ApiError, KindUnknown) as error:
            raise self._not_created(resource, news, manager, error) from None
        try:
            live = await self._ready(resource, inputs, live, progress)
        except NotReady as error:
            message = (
                f'resource "{resource.urn}" was successfully created, but the Kubernetes API server '
                f"reported that it failed to fully initialize or become live: {error.message}"
            )
            raise self._not_ready(message, error, inputs, news, manager, inputs["apiVersion"]) from None
        return object_id(live), self._state(inputs, live, news, manager)

    async def preview_update(
        self,
        resource: Resource,
        olds: Mapping[str, Value],
        news: Mapping[str, Value],
        ignored: Iterable[str],
        progress: Progress,
    ) -> Properties:
        """What the object would become; the inputs alone where the API server cannot say yet."""
        inputs = canonical(to_manifest(news))
        if has_unknown(inputs) or not await self._cluster.serves(kind_of(inputs)):
            return dict(news)
        try:
            return await self._update(resource, olds, news, ignored, progress, dry_run=True)
        except ApiError as error:
            if error.forbidden:
                return dict(news)
            raise

    async def update(
        self,
        resource: Resource,
        olds: Mapping[str, Value],
        news: Mapping[str, Value],
        ignored: Iterable[str],
        progress: Progress,
    ) -> Properties:
        """
        Bring the object to the new inputs, wait until it is ready; its state.

        :raises InitializationError: it was not updated, or is not ready
        """
        return await self._update(resource, olds, news, ignored, progress, dry_run=False)

    async def _update(
        self,
        resource: Resource,
        olds: Mapping[str, Value],
        news: Mapping[str, Value],
        ignored: Iterable[str],
        progress: Progress,
        *,
        dry_run: bool,
    ) -> Properties:
        record = read_state(olds)
        inputs = canonical(to_manifest(news))
        manager = manager_for(inputs, record)
        api_version = record.initial_api_version or record.inputs.get("apiVersion", "")
        try:
            _, live = await writing.update(
                self._cluster,
                inputs,
                record.live,
                manager,
                is_patch=is_patch(resource.token, kind_of(inputs).name),
                force=writing.forces(inputs, configured=self._config.patch_force),
                dry_run=dry_run,
                ignored=ignored,
            )
            if not dry_run:
                live = await self._ready(resource, inputs, live, progress)
        except KindUnknown as error:
            message = (
                f'update of resource "{resource.urn}" failed because the Kubernetes API server '
                "reported that the apiVersion for this resource does not exist. "
                f"Verify that any required CRDs have been created: {error.message}"
            )
            raise ProviderError(message) from None
        except (ApiError, NotReady) as error:
            if dry_run and isinstance(error, ApiError) and error.forbidden:
                raise
            raise await self._not_updated(resource, record, inputs, news, manager, api_version, error) from None
        if not dry_run and record.field_manager and manager != record.field_manager:
            await relinquish(self._cluster, live, record.field_manager)
        return write_state(inputs, live, news, field_manager=manager, initial_api_version=api_version)

    async def delete(self, resource: Resource, state: Mapping[str, Value], name: str, progress: Progress) -> None:
        """Delete the object, or give up its fields where it is a patch. One that is gone, or its kind, is fine."""
        record = read_state(state)
        live = record.live
        if name and not name_of(live):
            live = {**live, "metadata": {**live.get("metadata", {}), "name": name}}
        try:
            manager = manager_for(record.inputs, record)
            if is_patch(resource.token, kind_of(live).name):
                await deletion.give_up_fields(self._cluster, live, manager)
            else:
                await deletion.delete(
                    self._cluster,
                    record.inputs,
                    live,
                    manager,
                    requested=resource.timeout,
                    waits=self._waits,
                    progress=progress,
                )
        except KindUnknown:
            return
        except NotReady as error:
            raise self._not_ready(
                error.message, error, live, state, record.field_manager, record.initial_api_version
            ) from None

    async def _write(
        self, inputs: Manifest, manager: str, *, patch: bool, dry_run: bool, progress: Progress
    ) -> Manifest:
        if patch or self._config.upsert:
            force = writing.forces(inputs, configured=self._config.patch_force)
            return await writing.apply(
                self._cluster, inputs, manager, force=force or dry_run, dry_run=dry_run, progress=progress
            )
        return await writing.create(self._cluster, inputs, dry_run=dry_run, progress=progress)

    async def _ready(self, resource: Resource, inputs: Manifest, live: Manifest, progress: Progress) -> Manifest:
        return await await_ready(
            self._cluster, inputs, live, requested=resource.timeout, waits=self._waits, progress=progress
        )

    def _state(self, inputs: Manifest, live: Manifest, marked: Mapping[str, Value], manager: str) -> Properties:
        return write_state(inputs, live, marked, field_manager=manager, initial_api_version=inputs["apiVersion"])

    def _not_created(
        self, resource: Resource, news: Mapping[str, Value], manager: str, error: ApiError | KindUnknown
    ) -> ProviderError:
        if isinstance(error, KindUnknown):
            message = (
                f'creation of resource "{resource.urn}" with kind {error.kind} failed because the Kubernetes API '
                "server reported that the apiVersion for this resource does not exist. "
                f"Verify that any required CRDs have been created: {error.message}"
            )
            return ProviderError(message)
        text = apply_failure(error, manager) + (ALREADY_EXISTS_HELP if error.already_exists else "")
        message = f'resource "{resource.urn}" was not successfully created by the Kubernetes API server: {text}'
        return ProviderError(without_secrets(message, news))

    async def _not_updated(
        self,
        resource: Resource,
        record: Record,
        inputs: Manifest,
        news: Mapping[str, Value],
        manager: str,
        api_version: str,
        error: ApiError | NotReady,
    ) -> ProviderError:
        """The object is there, but not as it should be: the engine keeps it, with what is wrong."""
        text = apply_failure(error, manager) if isinstance(error, ApiError) else error.message
        try:
            live = await self._cluster.get(kind_of(record.live), namespace_of(record.live), name_of(record.live))
        except (ApiError, KindUnknown, ClusterUnreachable) as gone:
            message = f'update of resource "{resource.urn}" failed: {text}\nunable to get cluster state: {gone.message}'
            return ProviderError(without_secrets(message, news))
        message = (
            f'the Kubernetes API server reported that "{object_id(live)}" '
            f"failed to fully initialize or become live: {text}"
        )
        not_ready = NotReady(message, live, error.reasons if isinstance(error, NotReady) else ())
        return self._not_ready(message, not_ready, inputs, news, manager, api_version)

    def _not_ready(
        self,
        message: str,
        error: NotReady,
        inputs: Manifest,
        marked: Mapping[str, Value],
        manager: str,
        api_version: str,
    ) -> InitializationError:
        text = without_secrets(message, marked)
        return InitializationError(
            text,
            id=object_id(error.live),
            properties=write_state(inputs, error.live, marked, field_manager=manager, initial_api_version=api_version),
            reasons=[text, *(without_secrets(reason, marked) for reason in error.reasons)],
            inputs=None,
        )
