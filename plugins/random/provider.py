"""The ResourceProvider service. It answers as the official random provider does."""

from __future__ import annotations

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.protocol.errors import ProviderError, answers, unsupported
from plugins.protocol.schema import schema_of
from plugins.random import INSTALL, VERSION
from plugins.random.attributes import INPUTS
from plugins.random.check import problems
from plugins.random.diff import difference, with_ignored
from plugins.random.password import ID, generate, restore
from plugins.random.state import configured, outputs, planned, record, recorded
from tooling.plugin.engine_log import Attachable, EngineLog
from tooling.plugin.properties import Value, from_struct, has_unknown, to_struct

TOKEN = "random:index/randomPassword:RandomPassword"

RESOURCES = {TOKEN: [attribute.name for attribute in INPUTS]}

PROVIDER_INPUTS = {"version", "pluginDownloadURL"}
NOT_AN_INPUT: tuple[Value, ...] = (None, False, 0, "", [], {})
"""Values that an import leaves out of the inputs, because a program would not contain them."""


class RandomProvider(Attachable, provider_pb2_grpc.ResourceProviderServicer):
    """
    Stateless, and never logs a value.

    Like the official provider it leaves `acceptSecrets` unset: inputs arrive without secret marks, and the engine
    itself marks the outputs that come from secret inputs.
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
        return provider_pb2.GetSchemaResponse(schema=schema_of("random", VERSION, RESOURCES))

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
        _check_type(request.urn)
        inputs = from_struct(request.news)
        response = provider_pb2.CheckResponse(inputs=request.news)
        for reason in problems(request.urn.rpartition("::")[2], inputs):
            response.failures.add(reason=reason)
        for attribute in INPUTS:
            if attribute.deprecation and inputs.get(attribute.name) is not None:
                message = f'[WARNING] property "{attribute.name}" is deprecated: {attribute.deprecation}'
                await self._log.warning(message, request.urn)
        return response

    @answers
    async def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.DiffResponse:
        _check_type(request.urn)
        found = difference(from_struct(request.olds), from_struct(request.news), request.ignoreChanges)
        changes = provider_pb2.DiffResponse.DIFF_SOME if found.changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=changes, diffs=found.changed, replaces=found.replaced)

    @answers
    async def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.CreateResponse:
        _check_type(request.urn)
        inputs = from_struct(request.properties)
        values = planned(inputs)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_struct(outputs(values)))
        if has_unknown(configured(inputs)):
            message = f"{request.urn}: expected known inputs, found an unknown one: cannot generate the password"
            raise ProviderError(message)
        values |= generate(values)
        return provider_pb2.CreateResponse(id=ID, properties=to_struct(record(values)))

    @answers
    async def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.ReadResponse:
        _check_type(request.urn)
        if request.properties.fields:
            values = recorded(from_struct(request.properties))
            inputs = {name: values[name] for name in request.inputs.fields if values.get(name) is not None}
        else:
            values = restore(request.id)
            inputs = {
                attribute.name: values[attribute.name]
                for attribute in INPUTS
                if attribute.required or values[attribute.name] not in NOT_AN_INPUT
            }
        return provider_pb2.ReadResponse(id=ID, properties=to_struct(record(values)), inputs=to_struct(inputs))

    @answers
    async def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        _check_type(request.urn)
        olds = from_struct(request.olds)
        inputs = with_ignored(olds, from_struct(request.news), request.ignoreChanges)
        values = planned(inputs, recorded(olds))
        written = outputs(values) if request.preview else record(values)
        return provider_pb2.UpdateResponse(properties=to_struct(written))

    @answers
    async def Invoke(self, request: provider_pb2.InvokeRequest, context: grpc.aio.ServicerContext) -> None:
        raise unsupported("random", f"function {request.tok}", "no function", INSTALL)

    async def Delete(self, request: provider_pb2.DeleteRequest, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    async def Cancel(self, request: empty_pb2.Empty, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()


def _check_type(urn: str) -> None:
    token = urn.split("::")[2].rpartition("$")[2]
    if token != TOKEN:
        raise unsupported("random", f"{urn}: resource type {token}", TOKEN, INSTALL)
