"""What a command prints is shown while it runs."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from pulumi.runtime.proto import engine_pb2

from tests.plugins.command.service import Service, urn
from tests.waiting import PATIENCE_SECONDS
from tooling.plugin.properties import Properties


@pytest.mark.parametrize(
    ("logging", "shown"),
    [
        (None, {"out", "err"}),
        ("stdoutAndStderr", {"out", "err"}),
        ("stdout", {"out"}),
        ("stderr", {"err"}),
        ("none", set()),
    ],
)
async def test_the_logging_input_selects_the_streams(logging: str | None, shown: set[str], service: Service) -> None:
    inputs: Properties = {"logging": logging} if logging else {}

    state = await service.create(create="echo out; echo err >&2", **inputs)

    assert set(service.engine.lines) == shown
    assert (state["stdout"], state["stderr"]) == ("out", "err")


async def test_a_line_is_an_ephemeral_message_of_the_resource(service: Service) -> None:
    await service.create(create="echo hello")

    [request] = service.engine.requests
    assert (request.severity, request.ephemeral, request.urn) == (engine_pb2.INFO, True, urn("local"))


async def test_a_line_is_shown_when_it_ends_and_the_last_one_at_the_end(service: Service) -> None:
    await service.create(create="printf one; printf ' two\\r\\nthree\\n\\nfour'")

    assert service.engine.lines == ["one two", "three", "", "four"]


async def test_a_line_is_shown_before_the_command_ends(service: Service, tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    running = asyncio.create_task(service.create(create=f"mkfifo {fifo}; echo waiting; read go < {fifo}; echo $go"))

    async with asyncio.timeout(PATIENCE_SECONDS):
        await service.engine.logged.wait()
        assert service.engine.lines == ["waiting"]
        await asyncio.to_thread(fifo.write_text, "going\n")

    assert (await running)["stdout"] == "waiting\ngoing"
