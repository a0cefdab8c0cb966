"""The provider's configuration, its schema, and its process."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path

import grpc
import httpx2
import pytest
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

import infisical
from infisical.handlers.registry import HANDLERS
from infisical.properties import UNKNOWN
from infisical.server.provider import InfisicalProvider
from infisical.server.schema import schema
from infisical.server.values import wrapped_all
from tests.checkout import CHECKOUT
from tests.infisical.clock import TestClock
from tests.infisical.stack import EMAIL, PASSWORD, Declared, NotebookLog, Stack
from tests.infisical.transports import Scripted

GOOD = {"url": "http://infisical.test:8080", "email": EMAIL, "password": PASSWORD, "organization": "homelab"}


async def config_problems(**configuration: object) -> str:
    failures = await InfisicalProvider(NotebookLog()).check_config(wrapped_all(configuration, ()))
    return "; ".join(f"{failure.field}: {failure.reason}" for failure in failures)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({}, ""),
        ({"url": UNKNOWN, "password": UNKNOWN}, ""),
        ({"version": "0.1.0"}, ""),
        ({"url": "infisical:8080"}, "url: expected an http or https address"),
        ({"url": "https://me:secret@infisical.test"}, "expected an http or https address without user, password"),
        ({"organisation": "homelab"}, "organisation: not an input of this resource"),
    ],
    ids=["good", "unknown", "engine", "scheme", "user", "unknown-key"],
)
async def test_the_configuration_is_checked(change: dict[str, object], problem: str) -> None:
    found = await config_problems(**GOOD | change)

    assert found.startswith(problem) if not problem else problem in found
    assert bool(found) == bool(problem)


async def test_a_login_or_a_token_is_required() -> None:
    assert (
        "email: missing; set `email` and `password`, `clientId` and `clientSecret`, or `token`"
        in await config_problems(url=GOOD["url"])
    )
    assert await config_problems(url=GOOD["url"], token="t") == ""


async def test_configuring_sends_nothing() -> None:
    transport = Scripted(httpx2.Response(500))
    provider = InfisicalProvider(NotebookLog(), TestClock(), transport)

    await provider.configure(wrapped_all(GOOD, ()))

    assert transport.requests == []


async def test_unknown_inputs_pass_the_check_and_stay_unknown(stack: Stack) -> None:
    declared = Declared("Secret", "s", {"projectId": UNKNOWN, "environment": "prod", "name": "A", "value": "v"})

    outputs = await stack.preview([declared])

    assert repr(outputs["s"]["projectId"]) == "UNKNOWN"
    assert "value" not in outputs["s"]


async def test_cancel_interrupts_the_wait_for_a_server() -> None:
    asked = asyncio.Event()

    class Hanging(httpx2.AsyncBaseTransport):
        async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
            asked.set()
            await asyncio.Event().wait()
            raise AssertionError

    provider = InfisicalProvider(NotebookLog(), TestClock(), Hanging())
    await provider.configure(wrapped_all(GOOD, ()))
    urn = "urn:pulumi:dev::p::infisical:index:Instance::i"
    making = asyncio.create_task(provider.create(urn, {}))
    await asked.wait()

    await provider.cancel()

    with pytest.raises(asyncio.CancelledError):
        await making


def test_the_schema_has_every_resource_class() -> None:
    resources = json.loads(schema())["resources"]

    assert set(resources) == set(HANDLERS)
    for token, kind in HANDLERS.items():
        described = resources[token]
        assert set(described["requiredInputs"]) <= set(described["inputProperties"])
        assert set(kind.outputs) <= set(described["properties"])
        assert hasattr(infisical, kind.name)
        assert hasattr(infisical, f"{kind.name}Args")


@pytest.mark.parametrize("way", ["folder", "module"])
async def test_the_plugin_runs_as_a_folder_and_as_a_module_and_ends_on_sigterm(way: str, tmp_path: Path) -> None:
    started = {
        "folder": ([sys.executable, str(CHECKOUT / "infisical")], tmp_path),
        "module": ([sys.executable, "-m", "infisical"], CHECKOUT),
    }
    command, directory = started[way]
    plugin = await asyncio.create_subprocess_exec(
        *command, "127.0.0.1:1", cwd=directory, stdout=asyncio.subprocess.PIPE
    )
    try:
        assert plugin.stdout
        port = int(await plugin.stdout.readline())
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            stub = provider_pb2_grpc.ResourceProviderStub(channel)
            answered = await stub.GetSchema(provider_pb2.GetSchemaRequest())
            with pytest.raises(grpc.aio.AioRpcError) as raised:
                await stub.Create(provider_pb2.CreateRequest(urn="urn:pulumi:dev::p::infisical:index:Instance::i"))
            configured = await stub.Configure(provider_pb2.ConfigureRequest())
    finally:
        plugin.terminate()
        code = await plugin.wait()

    assert "infisical:index:Secret" in answered.schema
    assert (configured.acceptSecrets, configured.supportsPreview) == (True, True)
    assert raised.value.details() == "The infisical provider is not configured: its `url` or login is not known yet."
    assert code == 0


def test_the_package_imports_no_other_package_of_the_project() -> None:
    script = (
        "import sys, infisical, infisical.server.serve\n"
        "print(sorted(m for m in sys.modules if m.split('.')[0] in ('components', 'plugins', 'sandbox')))"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=CHECKOUT, capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"
