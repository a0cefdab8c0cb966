"""`local.run`: a command at each run of the program."""

from __future__ import annotations

import grpc.aio
import pytest

from plugins.protocol.properties import Secret, from_struct
from tests.plugins.command.service import Service


async def test_run_gives_back_its_arguments_and_the_output(service: Service) -> None:
    answer = await service.invoke("command:local:run", command='echo "$A"', environment={"A": "b"})

    assert from_struct(getattr(answer, "return")) == {
        "command": 'echo "$A"',
        "environment": {"A": "b"},
        "stdout": "b",
        "stderr": "",
    }


async def test_run_hides_secrets(service: Service) -> None:
    answer = await service.invoke("command:local:run", command='echo "$A"', environment={"A": Secret("canary-1")})

    assert from_struct(getattr(answer, "return"))["stdout"] == Secret("canary-1")
    assert service.engine.lines == ["[secret]"]


async def test_run_needs_a_command(service: Service) -> None:
    answer = await service.invoke("command:local:run", stdin="x")

    assert [(failure.property, failure.reason) for failure in answer.failures] == [
        ("command", "is required and not set")
    ]


async def test_a_failed_run_is_an_error(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await service.invoke("command:local:run", command="echo no >&2; exit 4")

    assert raised.value.details() == 'exit status 4: running "echo no >&2; exit 4":\nno\n'


async def test_another_function_is_refused_with_those_that_there_are(service: Service) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await service.invoke("command:remote:run", command="true")

    assert "command:remote:run is not in this Python command provider, which has command:local:run;" in (
        raised.value.details() or ""
    )
