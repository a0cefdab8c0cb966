"""
The ResourceProvider service of the command provider.

Only Create, Update and Delete run a command; the other calls compare and repeat their input.
"""

from __future__ import annotations

import secrets
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.command import INSTALL, VERSION
from plugins.command.diff import differences, path_text
from plugins.command.execution import CommandFailed, Execution
from plugins.command.inputs import LOCAL_COMMAND, Unsupported, settled
from plugins.command.local import run_local
from plugins.command.output import CommandOutput
from plugins.command.process import Running
from plugins.command.redaction import Redaction, redaction
from plugins.command.text import quoted, to_bytes, to_property
from plugins.protocol.errors import ProviderError, answers, unsupported
from plugins.protocol.schema import schema_of
from tooling.plugin.engine_log import Attachable, EngineLog
from tooling.plugin.properties import UNKNOWN, Properties, Secret, Value, from_struct, reveal, to_struct

GO_PROVIDER_VERSION = "v1.5.0"
"""The framework of the official provider, which it writes into each stack's provider inputs."""

OUTPUTS = ("stdout", "stderr")

REPLACING = ("triggers",)
"""
The path whose change is itself a replace: `triggers` as a whole added, removed or secret.

For a changed element the SDKs ask the engine for the replace.
"""


TOKEN = "command:local:Command"
RESOURCES = {TOKEN: [name for name, kind in LOCAL_COMMAND.fields.items() if not isinstance(kind, Unsupported)]}


class CommandProvider(Attachable, provider_pb2_grpc.ResourceProviderServicer):
    """Runs commands; `log` shows what they print while they run."""

    def __init__(self, log: EngineLog) -> None:
        self._log = log
        self._running = Running()
        self._byte_strings = False

    def cancel(self) -> None:
        """Kill the running commands."""
        self._running.cancel()

    @answers
    async def Handshake(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        self._byte_strings = request.accepts_byte_string
        return provider_pb2.ProviderHandshakeResponse(
            accept_secrets=True, accept_resources=True, accept_outputs=True, accepts_byte_string=True
        )

    @answers
    async def GetPluginInfo(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        return plugin_pb2.PluginInfo(version=VERSION)

    @answers
    async def GetSchema(
        self, request: provider_pb2.GetSchemaRequest, context: grpc.aio.ServicerContext
    ) -> provider_pb2.GetSchemaResponse:
        return provider_pb2.GetSchemaResponse(schema=schema_of("command", VERSION, RESOURCES))

    @answers
    async def CheckConfig(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        inputs = {**from_struct(request.news), "__pulumi-go-provider-version": GO_PROVIDER_VERSION}
        return provider_pb2.CheckResponse(inputs=to_struct(inputs))

    @answers
    async def DiffConfig(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        raise ProviderError("DiffConfig is not implemented", grpc.StatusCode.UNIMPLEMENTED)

    @answers
    async def Configure(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        return provider_pb2.ConfigureResponse(
            acceptSecrets=True, supportsPreview=True, acceptResources=True, acceptOutputs=True
        )

    @answers
    async def Check(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        _check_kind(request.urn)
        inputs = settled(from_struct(request.news))
        failures = [
            provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in LOCAL_COMMAND.problems(inputs)
        ]
        return provider_pb2.CheckResponse(inputs=to_struct(inputs), failures=failures)

    @answers
    async def Diff(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        _check_kind(request.urn)
        changes = differences(
            settled(from_struct(request.olds)), settled(from_struct(request.news)), LOCAL_COMMAND.fields
        )
        replaces = any(path == REPLACING for path, _ in changes)
        kinds = provider_pb2.PropertyDiff.Kind
        return provider_pb2.DiffResponse(
            changes=provider_pb2.DiffResponse.DIFF_SOME if changes else provider_pb2.DiffResponse.DIFF_NONE,
            replaces=REPLACING if replaces else (),
            diffs=dict.fromkeys(str(path[0]) for path, _ in changes),
            detailedDiff={
                path_text(path): provider_pb2.PropertyDiff(
                    kind=kinds.Value(f"{change}_REPLACE" if path == REPLACING else change)
                )
                for path, change in changes
            },
            hasDetailedDiff=True,
        )

    @answers
    async def Create(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        _check_kind(request.urn)
        inputs = settled(from_struct(request.properties))
        command = inputs.get("create")
        if request.preview:
            outputs: Properties = {"stdout": UNKNOWN, "stderr": UNKNOWN}
        else:
            outputs = {"stdout": "", "stderr": ""}
            if command is not None:
                outputs |= await self._run(request.urn, command, inputs, {})
        name = request.urn.rpartition("::")[2]
        return provider_pb2.CreateResponse(
            id=f"{name}{secrets.token_hex(4)}", properties=to_struct({**inputs, **outputs})
        )

    @answers
    async def Read(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        _check_kind(request.urn)
        # Nothing outside the state says what a command did.
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @answers
    async def Update(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        _check_kind(request.urn)
        state = settled(from_struct(request.olds))
        inputs = settled(from_struct(request.news))
        outputs = {"stdout": "", "stderr": "", **{name: state[name] for name in OUTPUTS if name in state}}
        command = inputs.get("update", inputs.get("create"))
        if request.preview:
            if differences(state, inputs, LOCAL_COMMAND.fields):
                outputs = dict.fromkeys(outputs, UNKNOWN)
        elif command is not None:
            outputs |= await self._run(request.urn, command, inputs, outputs)
        return provider_pb2.UpdateResponse(properties=to_struct({**inputs, **outputs}))

    @answers
    async def Delete(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        _check_kind(request.urn)
        state = settled(from_struct(request.properties))
        if (command := state.get("delete")) is not None:
            await self._run(request.urn, command, state, state)
        return empty_pb2.Empty()

    @answers
    async def Invoke(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        raise unsupported("command", f"function {request.tok}", "no function", INSTALL)

    @answers
    async def Cancel(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        self.cancel()
        return empty_pb2.Empty()

    async def _run(self, urn: str, command: Value, inputs: Properties, previous: Properties) -> Properties:
        hidden = redaction(inputs)

        async def announce(line: str) -> None:
            await self._log.status(hidden.hide(line), urn)

        plain = {key: reveal(value) for key, value in inputs.items()}
        output = CommandOutput(announce, plain.get("logging") or "stdoutAndStderr")
        execution = Execution(
            command=to_bytes(reveal(command)),
            inputs=plain,
            previous={key: reveal(value) for key, value in previous.items()},
            output=output,
        )
        try:
            await self._running.run(run_local(execution))
        except CommandFailed as error:
            raise ProviderError(_failure(error, execution, hidden)) from None
        return {name: self._printed(output.text(name), hidden) for name in ("stdout", "stderr")}

    def _printed(self, data: bytes, hidden: Redaction) -> Value:
        text = to_property(data, byte_strings=self._byte_strings)
        return Secret(text) if hidden.found_in(data.decode(errors="replace")) else text


def _failure(error: CommandFailed, execution: Execution, hidden: Redaction) -> str:
    command = quoted(hidden.hide(execution.command.decode(errors="replace")))
    printed = hidden.hide(execution.output.combined.decode(errors="replace"))
    return f"{hidden.hide(str(error))}: running {command}:\n{printed}"


def _check_kind(urn: str) -> None:
    token = urn.split("::")[2].rpartition("$")[2]
    if token != TOKEN:
        raise unsupported("command", f"{urn}: resource type {token}", TOKEN, INSTALL)
