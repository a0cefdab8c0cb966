"""
The provider's gRPC service. It only translates protobuf; other modules decide.

Its answers are those of the official provider of the same version, call for call.
"""

from __future__ import annotations

from typing import Any

import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.kubernetes import VERSION
from plugins.kubernetes.awaiting.waits import Waits
from plugins.kubernetes.cluster.cluster import Cluster
from plugins.kubernetes.cluster.errors import ClusterUnreachable
from plugins.kubernetes.config import Config, config_difference, config_failures, read_config
from plugins.kubernetes.diffing.diff import difference, is_namespaced
from plugins.kubernetes.objects.kubernetes_object import split_id
from plugins.kubernetes.progress import Progress
from plugins.kubernetes.provider.checking import Naming, check, sets_internal_annotation
from plugins.kubernetes.provider.lifecycle import Lifecycle, Resource
from plugins.kubernetes.provider.reading import read
from plugins.kubernetes.provider.refusals import unsupported
from plugins.protocol.errors import ProviderError, answers
from plugins.protocol.schema import describe_type, schema_of
from tooling.plugin.engine_log import Attachable, EngineLog
from tooling.plugin.properties import from_struct, to_struct

DELETE_HINT = 'by rerunning the operation with the PULUMI_K8S_DELETE_UNREACHABLE environment variable set to "true"'


INPUTS = ("apiVersion", "kind", "metadata", "spec")
"""Without the values of Secrets, which must not become code."""

RESOURCES = {
    f"kubernetes:{kind}": INPUTS
    for kind in (
        "core/v1:ConfigMap",
        "core/v1:Namespace",
        "core/v1:PersistentVolumeClaim",
        "core/v1:Secret",
        "batch/v1:CronJob",
        "argoproj.io/v1alpha1:Application",
        "argoproj.io/v1alpha1:AppProject",
        "external-secrets.io/v1:ClusterSecretStore",
        "external-secrets.io/v1:ExternalSecret",
    )
}
"""The kinds of the homelab. `pulumi import` learns of any other kind when it reads its object."""


class KubernetesProvider(Attachable, provider_pb2_grpc.ResourceProviderServicer):
    """One configured provider: the engine starts a process for each."""

    def __init__(self, log: EngineLog) -> None:
        self._log = log
        self._waits = Waits()
        self._configure(Config())

    def _configure(self, config: Config) -> None:
        self._config = config
        self._cluster = Cluster(config)
        self._lifecycle = Lifecycle(self._cluster, config, self._waits)

    def cancel_all(self) -> None:
        """End all waits."""
        self._waits.cancel()

    @answers
    async def Handshake(self, request: Any, context: grpc.aio.ServicerContext) -> None:
        raise ProviderError("method Handshake not implemented", grpc.StatusCode.UNIMPLEMENTED)

    @answers
    async def GetPluginInfo(self, request: Any, context: grpc.aio.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    @answers
    async def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=schema_of("kubernetes", VERSION, RESOURCES))

    @answers
    async def GetMapping(self, request: Any, context: grpc.aio.ServicerContext) -> provider_pb2.GetMappingResponse:
        return provider_pb2.GetMappingResponse()

    @answers
    async def Cancel(self, request: Any, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        self.cancel_all()
        return empty_pb2.Empty()

    @answers
    async def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CheckResponse:
        failures = config_failures(from_struct(request.news))
        return provider_pb2.CheckResponse(
            inputs=request.news,
            failures=[provider_pb2.CheckFailure(property=name, reason=reason) for name, reason in failures],
        )

    @answers
    async def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.DiffResponse:
        found = config_difference(from_struct(request.olds), from_struct(request.news))
        if found is None:
            return provider_pb2.DiffResponse(changes=provider_pb2.DiffResponse.DIFF_NONE)
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME, diffs=found.diffs, replaces=found.replaces
        )

    @answers
    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._configure(read_config(request.variables))
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @answers
    async def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CheckResponse:
        news = from_struct(request.news)
        options = request.autonaming if request.HasField("autonaming") else None
        naming = Naming(request.name, request.randomSeed, options)
        if sets_internal_annotation(news):
            warning = 'ignoring user-specified value for internal annotation "pulumi.com/autonamed"'
            await self._log.warning(warning, request.urn)
        checked = await check(request.type, from_struct(request.olds), news, naming, self._cluster)
        return provider_pb2.CheckResponse(inputs=to_struct(checked))

    @answers
    async def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.DiffResponse:
        olds, news = from_struct(request.olds), from_struct(request.news)
        found = difference(
            request.type,
            olds,
            news,
            namespaced=await is_namespaced(self._cluster, olds, news),
            mutable_secrets=self._config.mutable_secrets,
            ignored=request.ignoreChanges,
        )
        replaces = [change.name for change in found.changes if change.replaces]
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if found.changes else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=replaces,
            deleteBeforeReplace=found.delete_before_replace,
            detailedDiff={
                change.name: provider_pb2.PropertyDiff(kind=change.kind, inputDiff=change.of_inputs)
                for change in found.changes
            },
            hasDetailedDiff=True,
        )

    @answers
    async def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CreateResponse:
        news = from_struct(request.properties)
        resource, progress = Resource(request.urn, request.type, request.timeout), Progress(self._log, request.urn)
        if request.preview:
            state = await self._lifecycle.preview_create(resource, news, progress)
            return provider_pb2.CreateResponse(properties=to_struct(state))
        id, state = await self._lifecycle.create(resource, news, progress)
        return provider_pb2.CreateResponse(id=id, properties=to_struct(state))

    @answers
    async def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.ReadResponse:
        state, inputs = from_struct(request.properties), from_struct(request.inputs)
        try:
            await self._cluster.check_reachable()
            found = await read(self._cluster, request.type, request.id, state, inputs)
        except ClusterUnreachable as error:
            return await self._unreachable_read(request, error)
        if found is None:
            return provider_pb2.ReadResponse()
        if not (state or inputs or request.type in RESOURCES):
            # `pulumi import` looks the type up after the import.
            describe_type("kubernetes", VERSION, RESOURCES, request.type, INPUTS)
        return provider_pb2.ReadResponse(id=found.id, properties=to_struct(found.state), inputs=to_struct(found.inputs))

    @answers
    async def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        olds, news = from_struct(request.olds), from_struct(request.news)
        resource, progress = Resource(request.urn, request.type, request.timeout), Progress(self._log, request.urn)
        write = self._lifecycle.preview_update if request.preview else self._lifecycle.update
        state = await write(resource, olds, news, request.ignoreChanges, progress)
        return provider_pb2.UpdateResponse(properties=to_struct(state))

    @answers
    async def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        state = from_struct(request.properties)
        resource, progress = Resource(request.urn, request.type, request.timeout), Progress(self._log, request.urn)
        try:
            await self._lifecycle.delete(resource, state, split_id(request.id)[1], progress)
        except ClusterUnreachable as error:
            await progress.warn(error.message)
            if not self._config.delete_unreachable:
                message = (
                    "configured Kubernetes cluster is unreachable. If the cluster was deleted, "
                    f"you can remove this resource from Pulumi state {DELETE_HINT}"
                )
                raise ProviderError(message) from None
            await self._forget(progress)
        return empty_pb2.Empty()

    @answers
    async def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.aio.ServicerContext) -> None:
        raise unsupported(request.tok)

    @answers
    async def Construct(self, request: provider_pb2.ConstructRequest, context: grpc.aio.ServicerContext) -> None:
        raise unsupported(request.type)

    @answers
    async def Call(self, request: provider_pb2.CallRequest, context: grpc.aio.ServicerContext) -> None:
        raise unsupported(request.tok)

    async def _unreachable_read(
        self, request: provider_pb2.ReadRequest, error: ClusterUnreachable
    ) -> provider_pb2.ReadResponse:
        progress = Progress(self._log, request.urn)
        await progress.warn(error.message)
        if self._config.delete_unreachable:
            await self._forget(progress)
            return provider_pb2.ReadResponse()
        message = (
            "failed to read resource state due to unreachable cluster. If the cluster was "
            f"deleted, you can remove this resource from Pulumi state {DELETE_HINT}"
        )
        raise ProviderError(message)

    async def _forget(self, progress: Progress) -> None:
        message = (
            "configured Kubernetes cluster is unreachable and the `deleteUnreachable` option is enabled. "
            "Deleting the unreachable resource from Pulumi state"
        )
        await progress.info(message)
