"""The ResourceProvider service, answering as the official random plugin does."""

from __future__ import annotations

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.protocol.errors import ProviderError, answers
from plugins.protocol.properties import Properties, Value, from_struct, has_unknown, to_struct
from plugins.random.check import problems
from plugins.random.diff import difference, with_ignored
from plugins.random.kind import Kind
from plugins.random.kinds import VERSION, kind_of
from plugins.random.state import configured, outputs, planned, record, recorded
from tooling.plugin.engine_log import Attachable, EngineLog

PROVIDER_INPUTS = {"version", "pluginDownloadURL"}
NOT_AN_INPUT: tuple[Value, ...] = (None, False, 0, "", [], {})
"""Values that an import leaves out of the inputs, unless they are required: what a program would not write."""


class RandomProvider(Attachable, provider_pb2_grpc.ResourceProviderServicer):
    """
    Stateless: each call brings all that it needs.

    It takes no secrets marked as such (`acceptSecrets` stays unset, as officially), so the engine marks
    the outputs that come from secret inputs by itself. Values are never logged.
    """

    def __init__(self, log: EngineLog) -> None:
        self._log = log

    @answers
    async def Handshake(
        self, request: provider_pb2.ProviderHandshakeRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.ProviderHandshakeResponse:
        raise ProviderError("Handshake is not yet implemented", grpc.StatusCode.UNIMPLEMENTED)

    async def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.aio.ServicerContext) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=VERSION)

    @answers
    async def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        from plugins.random.schema import schema

        if request.version != 0:
            message = f"the schema has version 0 only, {request.version} was asked for"
            raise ProviderError(message)
        return provider_pb2.GetSchemaResponse(schema=schema())

    async def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CheckResponse:
        response = provider_pb2.CheckResponse(inputs=request.news)
        for name in sorted(request.news.fields.keys() - PROVIDER_INPUTS):
            reason = (
                f"`random:{name}` is not a valid configuration key for the random provider. If the key is not"
                " intended for the provider, please choose a different namespace from `random:`."
            )
            response.failures.add(reason=reason)
        return response

    async def DiffConfig(
        self, request: provider_pb2.DiffRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.DiffResponse:
        return provider_pb2.DiffResponse()

    async def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        return provider_pb2.ConfigureResponse(
            acceptResources=True, supportsPreview=True, supports_autonaming_configuration=True
        )

    @answers
    async def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CheckResponse:
        kind = kind_of(request.urn)
        inputs = from_struct(request.news)
        response = provider_pb2.CheckResponse(inputs=request.news)
        for reason in problems(kind, request.urn.rpartition("::")[2], inputs):
            response.failures.add(reason=reason)
        for attribute in kind.inputs:
            if attribute.deprecation and inputs.get(attribute.name) is not None:
                message = f'[WARNING] property "{attribute.name}" is deprecated: {attribute.deprecation}'
                await self._log.warning(message, request.urn)
        return response

    @answers
    async def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.DiffResponse:
        found = difference(
            kind_of(request.urn), from_struct(request.olds), from_struct(request.news), request.ignoreChanges
        )
        changes = provider_pb2.DiffResponse.DIFF_SOME if found.changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=found.changed, replaces=found.replaced)

    @answers
    async def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CreateResponse:
        kind = kind_of(request.urn)
        inputs = from_struct(request.properties)
        values = planned(kind, inputs)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(outputs(kind, values)))
        if has_unknown(configured(kind, inputs)):
            message = f"{request.urn}: an input must be known before a value is drawn"
            raise ProviderError(message)
        values |= kind.generate(values)
        return provider_pb2.CreateResponse(id=values[kind.identity], properties=to_struct(record(kind, values)))

    @answers
    async def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.ReadResponse:
        kind = kind_of(request.urn)
        if request.properties.fields:
            values = recorded(kind, from_struct(request.properties))
            inputs = {name: values[name] for name in request.inputs.fields if values.get(name) is not None}
        else:
            values = _imported(kind, request.urn, request.id)
            inputs = {
                attribute.name: values[attribute.name]
                for attribute in kind.inputs
                if attribute.required or values[attribute.name] not in NOT_AN_INPUT
            }
        return provider_pb2.ReadResponse(
            id=values[kind.identity], properties=to_struct(record(kind, values)), inputs=to_struct(inputs)
        )

    @answers
    async def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        kind = kind_of(request.urn)
        olds = from_struct(request.olds)
        inputs = with_ignored(olds, from_struct(request.news), request.ignoreChanges)
        values = planned(kind, inputs, recorded(kind, olds))
        written = outputs(kind, values) if request.preview else record(kind, values)
        return provider_pb2.UpdateResponse(properties=to_struct(written))

    @answers
    async def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.aio.ServicerContext) -> None:
        message = f"{request.tok}: the random provider has no functions"
        raise ProviderError(message, grpc.StatusCode.UNIMPLEMENTED)

    async def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    async def Cancel(self, request: empty_pb2.Empty, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def _imported(kind: Kind, urn: str, id: str) -> Properties:
    """All values out of an import id, which may be a secret: no message shows it."""
    if kind.restore is None:
        message = f"{urn}: a {kind.name} cannot be imported: its id does not hold its values"
        raise ProviderError(message)
    try:
        return kind.restore(id)
    except ValueError as exc:
        # The text of the cause says what an id looks like, and nothing of this one.
        message = f"{urn}: cannot import the {kind.name}: {exc}"
        raise ProviderError(message) from None
