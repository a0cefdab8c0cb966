"""
The ResourceProvider service of the command provider.

Only running a command does anything: the other calls compare and repeat what they are given.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass
from typing import Any

import grpc
import grpc.aio
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.command import VERSION
from plugins.command.diff import differences, path_text
from plugins.command.execution import CommandFailed, ConnectionFailed, Execution
from plugins.command.inputs import LOCAL_COMMAND, LOCAL_RUN, REMOTE_COMMAND, Object, completed, settled
from plugins.command.local import run_local
from plugins.command.output import CommandOutput
from plugins.command.redaction import Redaction, redaction
from plugins.command.running import Running
from plugins.command.text import quoted, to_bytes, to_property
from plugins.protocol.errors import ProviderError, answers, no_schema
from plugins.protocol.properties import UNKNOWN, Properties, Secret, Value, from_struct, reveal, to_struct
from tooling.plugin.engine_log import Attachable, EngineLog

GO_PROVIDER_VERSION = "v1.5.0"
"""The framework of the official provider, which it writes into each stack's provider inputs."""

OUTPUTS = ("stdout", "stderr", "assets", "archive")

REPLACING = ("triggers",)
"""
The path whose change is itself a replace: `triggers` as a whole added, removed or secret.

For a changed element the SDKs ask the engine for the replace.
"""


async def _run_remote(execution: Execution) -> Properties:
    # The SSH library is most of what this provider imports, and few programs need it.
    from plugins.command.remote import run_remote

    return await run_remote(execution)


@dataclass(frozen=True)
class Kind:
    """A kind of command: what it takes and how it runs."""

    inputs: Object
    run: Callable[[Execution], Coroutine[Any, Any, Properties]]


KINDS: Mapping[str, Kind] = {
    "command:local:Command": Kind(LOCAL_COMMAND, run_local),
    "command:remote:Command": Kind(REMOTE_COMMAND, _run_remote),
}
FUNCTIONS: Mapping[str, Kind] = {"command:local:run": Kind(LOCAL_RUN, run_local)}


class CommandProvider(Attachable, provider_pb2_grpc.ResourceProviderServicer):
    """Runs commands; `log` shows what they print while they run."""

    def __init__(self, log: EngineLog) -> None:
        self._log = log
        self._running = Running()
        self._byte_strings = False

    def cancel(self) -> None:
        """Kill what runs."""
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
    async def GetSchema(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        raise no_schema("command")

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
        kind = _kind(request.urn)
        inputs = settled(from_struct(request.news))
        failures = [
            provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in kind.inputs.problems(inputs, "")
        ]
        return provider_pb2.CheckResponse(inputs=to_struct(completed(kind.inputs, inputs)), failures=failures)

    @answers
    async def Diff(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        kind = _kind(request.urn)
        changes = differences(
            settled(from_struct(request.olds)), settled(from_struct(request.news)), kind.inputs.fields
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
        kind = _kind(request.urn)
        inputs = settled(from_struct(request.properties))
        command = inputs.get("create")
        if request.preview:
            outputs: Properties = {"stdout": UNKNOWN, "stderr": UNKNOWN}
        else:
            outputs = {"stdout": "", "stderr": ""}
            if command is not None:
                outputs |= await self._run(kind, request.urn, command, inputs, {})
        name = request.urn.rpartition("::")[2]
        return provider_pb2.CreateResponse(
            id=f"{name}{secrets.token_hex(4)}", properties=to_struct({**inputs, **outputs})
        )

    @answers
    async def Read(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        _kind(request.urn)
        # Nothing outside the state says what a command did.
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    @answers
    async def Update(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        kind = _kind(request.urn)
        state = settled(from_struct(request.olds))
        inputs = settled(from_struct(request.news))
        outputs = {"stdout": "", "stderr": "", **{name: state[name] for name in OUTPUTS if name in state}}
        command = inputs.get("update", inputs.get("create"))
        if request.preview:
            if differences(state, inputs, kind.inputs.fields):
                outputs = dict.fromkeys(outputs, UNKNOWN)
        elif command is not None:
            outputs |= await self._run(kind, request.urn, command, inputs, outputs)
        return provider_pb2.UpdateResponse(properties=to_struct({**inputs, **outputs}))

    @answers
    async def Delete(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        kind = _kind(request.urn)
        state = settled(from_struct(request.properties))
        if (command := state.get("delete")) is not None:
            await self._run(kind, request.urn, command, state, state)
        return empty_pb2.Empty()

    @answers
    async def Invoke(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        function = FUNCTIONS.get(request.tok)
        if function is None:
            raise _unsupported(request.tok, FUNCTIONS)
        inputs = settled(from_struct(request.args))
        if problems := list(function.inputs.problems(inputs, "")):
            failures = [provider_pb2.CheckFailure(property=path, reason=reason) for path, reason in problems]
            return provider_pb2.InvokeResponse(failures=failures)
        outputs = await self._run(function, "", inputs["command"], inputs, {})
        return provider_pb2.InvokeResponse(**{"return": to_struct({**inputs, **outputs})})

    @answers
    async def Cancel(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        self.cancel()
        return empty_pb2.Empty()

    async def _run(self, kind: Kind, urn: str, command: Value, inputs: Properties, previous: Properties) -> Properties:
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
            files = await self._running.run(kind.run(execution))
        except ConnectionFailed as error:
            raise ProviderError(hidden.hide(str(error))) from None
        except CommandFailed as error:
            raise ProviderError(_failure(error, execution, hidden)) from None
        printed = {name: self._printed(output.text(name), hidden) for name in ("stdout", "stderr")}
        return {**printed, **files}

    def _printed(self, data: bytes, hidden: Redaction) -> Value:
        text = to_property(data, byte_strings=self._byte_strings)
        return Secret(text) if hidden.found_in(data.decode(errors="replace")) else text


def _failure(error: CommandFailed, execution: Execution, hidden: Redaction) -> str:
    command = quoted(hidden.hide(execution.command.decode(errors="replace")))
    printed = hidden.hide(execution.output.combined.decode(errors="replace"))
    return f"{hidden.hide(str(error))}: running {command}:\n{printed}"


def _kind(urn: str) -> Kind:
    token = urn.split("::")[2].rpartition("$")[2]
    if token not in KINDS:
        raise _unsupported(token, KINDS)
    return KINDS[token]


def _unsupported(token: str, known: Mapping[str, Kind]) -> ProviderError:
    return ProviderError(
        f"{token} is not in this Python command provider, which has {', '.join(known)};"
        f" `pulumi plugin install resource command {VERSION}` installs the official one, which then takes its place",
        grpc.StatusCode.UNIMPLEMENTED,
    )
