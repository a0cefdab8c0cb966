"""The plugin as the engine runs it: its own process, one port on stdout, no value anywhere else."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import grpc
import grpc.aio
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.protocol.properties import reveal
from plugins.random.kinds import KINDS
from tests.plugins.language.engine import make_engine
from tests.plugins.random.service import URN, Service
from tooling.toolchain import Tools

CHECKOUT = Path(__file__).parents[3]
DEADLINE = 60


@dataclass
class Engine(engine_pb2_grpc.EngineServicer):
    """The engine's end of the log."""

    said: list[engine_pb2.LogRequest] = field(default_factory=list)

    async def Log(self, request: engine_pb2.LogRequest, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        self.said.append(request)
        return empty_pb2.Empty()


@dataclass
class Plugin:
    """A running plugin and the engine at `address`; `output` is complete when its process has ended."""

    service: Service
    engine: Engine
    address: str
    process: asyncio.subprocess.Process
    output: str = ""


@asynccontextmanager
async def running(*, alone: bool = False) -> AsyncIterator[Plugin]:
    """:param alone: start it without the engine's address, as somebody does who looks for a mistake in it"""
    engine, server = Engine(), grpc.aio.server()
    engine_pb2_grpc.add_EngineServicer_to_server(engine, server)
    address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    await server.start()
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "plugins.random",
        *([] if alone else [address]),
        cwd=CHECKOUT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    try:
        async with asyncio.timeout(DEADLINE):
            assert process.stdout is not None
            port = (await process.stdout.readline()).decode().strip()
            assert port.isdigit()
            async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
                plugin = Plugin(Service(provider_pb2_grpc.ResourceProviderStub(channel)), engine, address, process)
                yield plugin
            if process.returncode is None:
                process.send_signal(signal.SIGINT)
            out, err = await process.communicate()
            plugin.output = out.decode() + err.decode()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
        await server.stop(grace=None)


async def test_it_ends_quietly_when_interrupted_and_has_shown_no_value() -> None:
    values: list[str] = []
    async with running() as plugin:
        service = plugin.service
        for kind, inputs in (
            ("Password", {"length": 24, "number": True}),
            ("Bytes", {"length": 24}),
            ("String", {"length": 24}),
            ("Uuid", {}),
        ):
            _, outputs = await service.create(kind, **inputs)
            await service.check(kind, **inputs)
            await service.diff(kind, reveal(outputs), inputs)
            values += [value for value in reveal(outputs).values() if isinstance(value, str) and len(value) > 16]
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.read("Uuid", "canary-of-an-import")
        values.append("canary-of-an-import")

    assert plugin.process.returncode == 0
    assert plugin.output == ""
    said = "".join(log.message for log in plugin.engine.said) + (refused.value.details() or "")
    assert len(values) > 6
    assert not [value for value in values if value in said]


async def test_a_deprecated_input_is_warned_of_once_for_each_check() -> None:
    async with running() as plugin:
        await plugin.service.check("Password", length=8, number=True)
        await plugin.service.check("Password", length=8, numeric=True)

    assert [(log.severity, log.message, log.urn) for log in plugin.engine.said] == [
        (
            engine_pb2.WARNING,
            '[WARNING] property "number" is deprecated: **NOTE**: This is deprecated, use `numeric` instead.',
            URN.format(kind="Password"),
        )
    ]


async def test_an_engine_that_finds_it_running_gets_its_log() -> None:
    """PULUMI_DEBUG_PROVIDERS=random:<port> does that."""
    async with running(alone=True) as plugin:
        await plugin.service.stub.Attach(plugin_pb2.PluginAttach(address=plugin.address))
        await plugin.service.check("Password", length=8, number=True)

    assert len(plugin.engine.said) == 1


async def test_a_function_is_refused(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.stub.Invoke(provider_pb2.InvokeRequest(tok="random:index:something"))

    assert refused.value.details() == "random:index:something: the random provider has no functions"


async def test_it_says_what_it_is(service: Service) -> None:
    info = await service.stub.GetPluginInfo(empty_pb2.Empty())
    schema = json.loads((await service.stub.GetSchema(provider_pb2.GetSchemaRequest())).schema)

    assert info.version == schema["version"] == "4.21.4"
    assert schema["resources"].keys() == KINDS.keys()
    password = schema["resources"]["random:index/randomPassword:RandomPassword"]
    assert password["requiredInputs"] == ["length"]
    assert password["properties"]["result"]["secret"] is True
    assert "result" not in password["inputProperties"]


async def test_the_schema_has_the_inputs_and_outputs_of_the_official_sdk() -> None:
    import pulumi_random
    from pulumi._types import input_type_py_to_pulumi_names, resource_types

    from plugins.random.schema import schema

    for token, resource in json.loads(schema())["resources"].items():
        name = token.rpartition(":")[2]
        inputs = input_type_py_to_pulumi_names(getattr(pulumi_random, f"{name}Args"))
        assert resource["inputProperties"].keys() == set(inputs.values()), name
        outputs = resource_types(getattr(pulumi_random, name))
        assert resource["properties"].keys() == outputs.keys(), name


async def test_a_kind_that_it_does_not_have_is_named(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await service.create("Uuid7")

    details = refused.value.details() or ""
    assert "random:index/randomUuid7:RandomUuid7" in details
    assert "pulumi plugin install resource random 4.21.4" in details


async def test_provider_config_that_it_does_not_have_is_refused(service: Service) -> None:
    request = provider_pb2.CheckRequest(urn="urn:pulumi:test::project::pulumi:providers:random::default")
    request.news.update({"version": "4.21.4", "region": "moon"})

    response = await service.stub.CheckConfig(request)

    assert [failure.reason.partition(".")[0] for failure in response.failures] == [
        "`random:region` is not a valid configuration key for the random provider"
    ]


async def test_nothing_else_is_offered(service: Service) -> None:
    for method, request in (
        ("Invoke", provider_pb2.InvokeRequest()),
        ("Call", provider_pb2.CallRequest()),
        ("Construct", provider_pb2.ConstructRequest()),
    ):
        _, error = await service.call(method, request)
        assert error is not None
        assert error[0] == "Unimplemented"
    answer, error = await service.call("Cancel", empty_pb2.Empty())
    assert (answer, error) == (empty_pb2.Empty(), None)


def test_the_cli_understands_the_schema(tools: Tools, tmp_path: Path) -> None:
    engine = make_engine(str(tools.pulumi.path), tmp_path / "home")
    plugin = tmp_path / "pulumi-resource-random"
    plugin.write_text(f'#!/bin/sh\nPYTHONPATH={CHECKOUT} exec {sys.executable} -m plugins.random "$@"\n')
    plugin.chmod(0o755)

    shown = engine.run(tmp_path, "package", "get-schema", str(plugin))

    assert shown.code == 0, shown.output
