"""The provider's process: how it starts, what it needs, and that no command outlives it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from pathlib import Path

import grpc.aio
import pytest
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2

from tests.plugins.command.processes import Provider, ended, is_running, started, written_pids
from tests.plugins.command.service import served_engine


def family(pids: Path) -> str:
    """A command that writes its own id and those of a child and a grandchild, and never ends."""
    grandchild = f"sh -c 'echo $$ >> {pids}; sleep 600' & echo $$ >> {pids}; wait"
    return f'sh -c "{grandchild.replace("$", chr(92) + "$")}" & echo $$ >> {pids}; wait'


async def running_family(provider: Provider, path: Path) -> tuple[asyncio.Task[object], list[int]]:
    task: asyncio.Task[object] = asyncio.create_task(provider.service.create(create=family(path)))
    pids = await written_pids(path, 3)
    assert all(map(is_running, pids))
    return task, pids


async def failure(task: asyncio.Task[object]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await task
    return raised.value


async def test_the_engine_can_call_it() -> None:
    async with started() as provider:
        handshake = await provider.service.stub.Handshake(provider_pb2.ProviderHandshakeRequest())
        information = await provider.service.stub.GetPluginInfo(empty_pb2.Empty())
        state = await provider.service.create(create="echo hello; echo $PPID", environment={"A": "b"})

        assert handshake.accept_secrets
        assert information.version == "1.2.1"
        assert state["stdout"] == f"hello\n{provider.process.pid}"
        assert provider.engine.lines[0] == "hello"


async def test_an_engine_that_attaches_receives_its_log() -> None:
    """PULUMI_DEBUG_PROVIDERS=command:<port> does that."""
    async with started() as provider, served_engine() as (engine, address):
        await provider.service.stub.Attach(plugin_pb2.PluginAttach(address=address))
        await provider.service.create(create="echo hello")

    assert engine.lines == ["hello"]
    assert provider.engine.lines == []


async def test_the_schema_names_the_resource_and_its_inputs() -> None:
    async with started() as provider:
        answer = await provider.service.stub.GetSchema(provider_pb2.GetSchemaRequest())

    schema = json.loads(answer.schema)
    assert list(schema["resources"]) == ["command:local:Command"]
    assert "assetPaths" not in schema["resources"]["command:local:Command"]["inputProperties"]


async def test_cancel_kills_running_commands_and_refuses_new_ones(tmp_path: Path) -> None:
    async with started() as provider:
        task, pids = await running_family(provider, tmp_path / "pids")

        await provider.service.stub.Cancel(empty_pb2.Empty())

        error = await failure(task)
        assert (error.code(), error.details()) == (
            grpc.StatusCode.CANCELLED,
            "the command was cancelled before it ended",
        )
        assert await ended(pids)
        assert "was cancelled" in await provider.service.failure(create=f"touch {tmp_path}/late")
        assert not (tmp_path / "late").exists()


async def test_a_cancelled_call_ends_its_command(tmp_path: Path) -> None:
    async with started() as provider:
        task, pids = await running_family(provider, tmp_path / "pids")

        task.cancel()

        assert await ended(pids)
        assert (await provider.service.create(create="echo still here"))["stdout"] == "still here"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL], ids=lambda number: number.name)
async def test_no_command_outlives_the_provider(number: signal.Signals, tmp_path: Path) -> None:
    async with started() as provider:
        task, pids = await running_family(provider, tmp_path / "pids")

        provider.process.send_signal(number)

        assert await ended(pids)
        await provider.process.wait()
        await failure(task)


async def test_no_command_outlives_a_killed_engine(tmp_path: Path) -> None:
    """The provider is the child of a shell, which takes the place of the engine."""
    async with started("/bin/sh", "-c", '"$@" & wait', "engine") as provider:
        task, pids = await running_family(provider, tmp_path / "pids")

        provider.process.kill()

        assert await ended(pids)
        await failure(task)


async def test_background_processes_of_a_finished_command_outlive_the_provider(tmp_path: Path) -> None:
    path = tmp_path / "pid"
    async with started() as provider:
        await provider.service.create(create=f"sleep 600 > /dev/null 2>&1 & echo $! > {path}")
    [pid] = await written_pids(path, 1)

    try:
        assert is_running(pid)
    finally:
        os.kill(pid, signal.SIGKILL)


async def test_variables_and_stdin_are_not_in_process_arguments(tmp_path: Path) -> None:
    import psutil

    path = tmp_path / "pids"
    async with started() as provider:
        task = asyncio.create_task(
            provider.service.create(
                create=f"echo $$ >> {path}; sleep 600", environment={"TOKEN": "canary-1"}, stdin="canary-2"
            )
        )
        [pid] = await written_pids(path, 1)
        relatives = [provider.process.pid, pid, *(p.pid for p in psutil.Process(provider.process.pid).children(True))]

        arguments = " ".join(argument for relative in relatives for argument in psutil.Process(relative).cmdline())

        assert "echo $$ >>" in arguments
        assert "canary" not in arguments
        task.cancel()
        assert await ended([pid])


async def test_a_finished_command_leaves_no_process() -> None:
    import psutil

    async with started() as provider:
        await provider.service.create(create="true")
        await provider.service.failure(create="false")

        assert psutil.Process(provider.process.pid).children(recursive=True) == []
