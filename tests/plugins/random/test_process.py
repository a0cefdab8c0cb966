"""The plugin as the engine runs it: a separate process whose only output is its port."""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from importlib.metadata import version

import grpc
import grpc.aio
import pytest
from google.protobuf import empty_pb2
from google.protobuf.message import Message
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, plugin_pb2, provider_pb2, provider_pb2_grpc

from plugins.random.attributes import ATTRIBUTES, INPUTS
from tests.checkout import CHECKOUT
from tests.plugins.random.service import URN, Service
from tests.waiting import PATIENCE_SECONDS
from tooling.plugin.properties import UNKNOWN, Properties, reveal


@dataclass
class Engine(engine_pb2_grpc.EngineServicer):
    """Keeps the log messages."""

    logged: list[engine_pb2.LogRequest] = field(default_factory=list)

    async def Log(self, request: engine_pb2.LogRequest, context: grpc.aio.ServicerContext) -> empty_pb2.Empty:
        self.logged.append(request)
        return empty_pb2.Empty()


@dataclass
class Plugin:
    """A running plugin and the engine at `address`; `output` is set when its process has ended."""

    service: Service
    engine: Engine
    address: str
    process: asyncio.subprocess.Process
    output: str = ""


@asynccontextmanager
async def running(*, alone: bool = False) -> AsyncIterator[Plugin]:
    """:param alone: start it without the engine's address, as for debugging"""
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
        async with asyncio.timeout(PATIENCE_SECONDS):
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


async def test_an_interrupt_ends_it_silently_and_no_value_was_shown() -> None:
    async with running() as plugin:
        service = plugin.service
        inputs: Properties = {"length": 24, "number": True, "keepers": {"a": "canary-of-a-keeper"}}
        _, outputs = await service.create(**inputs)
        await service.check(**inputs)
        await service.diff(reveal(outputs), inputs)
        values = [reveal(outputs)[name] for name in ("result", "bcryptHash")]
        reasons = await service.check(length="canary-of-a-length")
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await service.create(length=8, keepers={"a": "canary-of-a-keeper", "b": UNKNOWN})

    assert plugin.process.returncode == 0
    assert plugin.output == ""
    shown = "".join([*(log.message for log in plugin.engine.logged), *reasons, refused.value.details() or ""])
    assert "is deprecated" in shown
    assert not [value for value in [*values, "canary"] if value in shown]


async def test_each_check_warns_once_about_a_deprecated_input() -> None:
    async with running() as plugin:
        await plugin.service.check(length=8, number=True)
        await plugin.service.check(length=8, numeric=True)

    assert [(log.severity, log.message, log.urn) for log in plugin.engine.logged] == [
        (
            engine_pb2.WARNING,
            '[WARNING] property "number" is deprecated: **NOTE**: This is deprecated, use `numeric` instead.',
            URN,
        )
    ]


async def test_an_engine_that_attaches_receives_its_log() -> None:
    """PULUMI_DEBUG_PROVIDERS=random:<port> does that."""
    async with running(alone=True) as plugin:
        await plugin.service.stub.Attach(plugin_pb2.PluginAttach(address=plugin.address))
        await plugin.service.check(length=8, number=True)

    assert len(plugin.engine.logged) == 1


async def test_a_function_is_refused_with_the_fix(service: Service) -> None:
    _, error = await service.call("Invoke", provider_pb2.InvokeRequest(tok="random:index:something"))

    assert error == (
        "Unimplemented",
        "function random:index:something is not supported by this Python random provider; expected no function. "
        "Fix: install the official provider: pulumi plugin install resource random 4.21.4",
    )


@pytest.mark.parametrize(
    "name", ["Bytes", "Id", "Integer", "Pet", "Shuffle", "String", "Uuid", "Uuid4", "Uuid7", "AnythingElse"]
)
@pytest.mark.parametrize(
    ("method", "make"),
    [
        ("Check", provider_pb2.CheckRequest),
        ("Diff", provider_pb2.DiffRequest),
        ("Create", provider_pb2.CreateRequest),
        ("Read", provider_pb2.ReadRequest),
        ("Update", provider_pb2.UpdateRequest),
    ],
)
async def test_another_resource_type_is_refused_with_the_fix(
    name: str, method: str, make: Callable[..., Message], service: Service
) -> None:
    token = f"random:index/random{name}:Random{name}"
    urn = f"urn:pulumi:test::project::homelab:index:Part${token}::thing"

    assert await service.call(method, make(urn=urn)) == (
        None,
        (
            "Unimplemented",
            f"{urn}: resource type {token} is not supported by this Python random provider; expected "
            "random:index/randomPassword:RandomPassword. "
            "Fix: install the official provider: pulumi plugin install resource random 4.21.4",
        ),
    )


async def test_the_version_is_that_of_the_official_provider(service: Service) -> None:
    assert (await service.stub.GetPluginInfo(empty_pb2.Empty())).version == version("pulumi-random") == "4.21.4"


async def test_the_schema_names_the_resource_and_its_inputs(service: Service) -> None:
    schema = json.loads((await service.stub.GetSchema(provider_pb2.GetSchemaRequest())).schema)

    assert (schema["name"], schema["version"]) == ("random", version("pulumi-random"))
    (resource,) = schema["resources"].values()
    assert resource["inputProperties"].keys() == {attribute.name for attribute in INPUTS}


def test_the_inputs_and_outputs_are_those_of_the_official_sdk() -> None:
    import pulumi_random
    from pulumi._types import input_type_py_to_pulumi_names, resource_types

    inputs = input_type_py_to_pulumi_names(pulumi_random.RandomPasswordArgs)
    assert {attribute.name for attribute in INPUTS} == set(inputs.values())
    outputs = resource_types(pulumi_random.RandomPassword)
    assert {attribute.name for attribute in ATTRIBUTES} - {"id"} == outputs.keys()


async def test_an_unknown_provider_setting_is_refused(service: Service) -> None:
    request = provider_pb2.CheckRequest(urn="urn:pulumi:test::project::pulumi:providers:random::default")
    request.news.update({"version": "4.21.4", "region": "moon"})

    response = await service.stub.CheckConfig(request)

    assert [failure.reason.partition(".")[0] for failure in response.failures] == [
        "`random:region` is not a valid configuration key for the random provider"
    ]


async def test_other_calls_are_not_implemented(service: Service) -> None:
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
