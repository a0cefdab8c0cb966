"""Create, update and delete: each gets properties and returns the state to keep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from plugins.kubernetes.awaiting import deletion
from plugins.kubernetes.awaiting.readiness import await_ready
from plugins.kubernetes.awaiting.waits import Waits
from plugins.kubernetes.cluster import writing
from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.cluster.errors import (
    ALREADY_EXISTS_HELP,
    ApiError,
    ClusterUnreachable,
    KindUnknown,
    NotReady,
    apply_failure,
)
from plugins.kubernetes.cluster.ownership import relinquish
from plugins.kubernetes.config import Config
from plugins.kubernetes.objects.canonical import canonical
from plugins.kubernetes.objects.kinds import is_patch
from plugins.kubernetes.objects.kubernetes_object import KubernetesObject
from plugins.kubernetes.objects.secrecy import without_secrets
from plugins.kubernetes.objects.state import State, manager_for, read_state, write_state
from plugins.kubernetes.progress import Progress
from plugins.protocol.errors import InitializationError, ProviderError
from tooling.plugin.properties import Properties, Value


@dataclass(frozen=True)
class Resource:
    """The resource of a call: its URN, its type, its custom timeout in seconds (0 without one)."""

    urn: str
    token: str
    timeout: float = 0


class Lifecycle:
    """The provider's changes to a cluster's objects."""

    def __init__(self, cluster: Cluster, config: Config, waits: Waits) -> None:
        self._cluster = cluster
        self._config = config
        self._waits = waits

    async def preview_create(self, resource: Resource, news: Mapping[str, Value], progress: Progress) -> Properties:
        """The object that a creation would make; only the inputs if the API server cannot say yet."""
        inputs = KubernetesObject.from_properties(news)
        if inputs.has_unknown or is_patch(resource.token, inputs.kind) or not await self._cluster.serves(inputs.kind):
            return dict(news)
        manager = manager_for(inputs)
        try:
            live = await self._write(inputs, manager, patch=False, dry_run=True, progress=progress)
        except ApiError as error:
            # Such an obstacle may be gone when the update runs.
            if error.forbidden or error.without_dry_run or error.already_exists or error.namespace_missing:
                return dict(news)
            raise _not_created(resource, news, manager, error) from None
        shown = KubernetesObject.from_body({key: value for key, value in live.body.items() if key != "status"})
        return write_state(State(inputs, shown, manager, inputs.api_version), news)

    async def create(self, resource: Resource, news: Mapping[str, Value], progress: Progress) -> tuple[str, Properties]:
        """
        Create the object, or own its fields for a patch, and wait until it is ready. Returns its id and state.

        :raises InitializationError: it exists, but is not ready
        """
        inputs = KubernetesObject.from_properties(news)
        manager = manager_for(inputs)
        patch = is_patch(resource.token, inputs.kind)
        try:
            live = await self._write(inputs, manager, patch=patch, dry_run=False, progress=progress)
        except (ApiError, KindUnknown) as error:
            raise _not_created(resource, news, manager, error) from None
        try:
            live = await self._ready(resource, inputs, live, progress)
        except NotReady as error:
            message = (
                f'resource "{resource.urn}" was successfully created, but the Kubernetes API server '
                f"reported that it failed to fully initialize or become live: {error.message}"
            )
            raise _not_ready(message, error, State(inputs, error.live, manager, inputs.api_version), news) from None
        return live.id, write_state(State(inputs, live, manager, inputs.api_version), news)

    async def preview_update(
        self,
        resource: Resource,
        olds: Mapping[str, Value],
        news: Mapping[str, Value],
        ignored: Iterable[str],
        progress: Progress,
    ) -> Properties:
        """The object that an update would make; only the inputs if the API server cannot say yet."""
        inputs = canonical(KubernetesObject.from_properties(news))
        if inputs.has_unknown or not await self._cluster.serves(inputs.kind):
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
        Apply the new inputs to the object and wait until it is ready. Returns its state.

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
        old = read_state(olds)
        inputs = canonical(KubernetesObject.from_properties(news))
        manager = manager_for(inputs, old)
        api_version = old.initial_api_version or old.inputs.api_version
        try:
            live = await writing.update(
                self._cluster,
                inputs,
                old.live,
                manager,
                is_patch=is_patch(resource.token, inputs.kind),
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
            # The live object in it is the old one until it is read again.
            unfinished = State(inputs, old.live, manager, api_version)
            raise await self._not_updated(resource, unfinished, news, error) from None
        if not dry_run and old.field_manager and manager != old.field_manager:
            await relinquish(self._cluster, live, old.field_manager)
        return write_state(State(inputs, live, manager, api_version), news)

    async def delete(self, resource: Resource, state: Mapping[str, Value], name: str, progress: Progress) -> None:
        """Delete the object, or release its fields for a patch. The object or its kind may be gone already."""
        old = read_state(state)
        live = old.live if old.live.name or not name else old.live.with_metadata(name=name)
        try:
            manager = manager_for(old.inputs, old)
            if is_patch(resource.token, live.kind):
                await deletion.give_up_fields(self._cluster, live, manager)
            else:
                await deletion.delete(
                    self._cluster,
                    old.inputs,
                    live,
                    manager,
                    requested=resource.timeout,
                    waits=self._waits,
                    progress=progress,
                )
        except KindUnknown:
            return
        except NotReady as error:
            kept = State(live, error.live, old.field_manager, old.initial_api_version)
            raise _not_ready(error.message, error, kept, state) from None

    async def _write(
        self, inputs: KubernetesObject, manager: str, *, patch: bool, dry_run: bool, progress: Progress
    ) -> KubernetesObject:
        if patch or self._config.upsert:
            force = writing.forces(inputs, configured=self._config.patch_force)
            return await writing.apply(
                self._cluster, inputs, manager, force=force or dry_run, dry_run=dry_run, progress=progress
            )
        return await writing.create(self._cluster, inputs, dry_run=dry_run, progress=progress)

    async def _ready(
        self, resource: Resource, inputs: KubernetesObject, live: KubernetesObject, progress: Progress
    ) -> KubernetesObject:
        return await await_ready(
            self._cluster, inputs, live, requested=resource.timeout, waits=self._waits, progress=progress
        )

    async def _not_updated(
        self, resource: Resource, unfinished: State, news: Mapping[str, Value], error: ApiError | NotReady
    ) -> ProviderError:
        """The object exists, but not as it should be: the engine keeps it with the reasons."""
        text = apply_failure(error, unfinished.field_manager) if isinstance(error, ApiError) else error.message
        old = unfinished.live
        try:
            live = await self._cluster.get(old.kind, old.namespace, old.name)
        except (ApiError, KindUnknown, ClusterUnreachable) as gone:
            message = f'update of resource "{resource.urn}" failed: {text}\nunable to get cluster state: {gone.message}'
            return ProviderError(without_secrets(message, news))
        message = (
            f'the Kubernetes API server reported that "{live.id}" failed to fully initialize or become live: {text}'
        )
        not_ready = NotReady(message, live, error.reasons if isinstance(error, NotReady) else ())
        state = State(unfinished.inputs, live, unfinished.field_manager, unfinished.initial_api_version)
        return _not_ready(message, not_ready, state, news)


def _not_created(
    resource: Resource, news: Mapping[str, Value], manager: str, error: ApiError | KindUnknown
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


def _not_ready(message: str, error: NotReady, state: State, marked: Mapping[str, Value]) -> InitializationError:
    text = without_secrets(message, marked)
    return InitializationError(
        text,
        id=state.live.id,
        properties=write_state(state, marked),
        reasons=[text, *(without_secrets(reason, marked) for reason in error.reasons)],
        inputs=None,
    )
