"""The error of a failed command has the command, its exit code and its output."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi.runtime.proto import provider_pb2

from plugins.command.text import quoted
from tests.plugins.command.service import Service


async def test_an_exit_code_is_reported_as_officially(service: Service) -> None:
    error = await service.failure(create="echo updated third; exit 1")

    assert error == 'exit status 1: running "echo updated third; exit 1":\nupdated third\n'


async def test_the_error_has_stderr_and_stdout_in_their_order(service: Service) -> None:
    error = await service.failure(create="echo first; sleep 0.2; echo second >&2; sleep 0.2; echo third; exit 7")

    assert error.startswith("exit status 7: running ")
    assert error.endswith(":\nfirst\nsecond\nthird\n")


async def test_a_signal_is_reported(service: Service) -> None:
    assert (await service.failure(create="kill -TERM $$")).startswith('signal: terminated: running "kill')


async def test_a_missing_interpreter_is_reported(service: Service) -> None:
    assert await service.failure(create="x", interpreter=["no-such-shell", "-c"]) == (
        'exec: "no-such-shell": executable file not found in $PATH: running "x":\n'
    )
    assert await service.failure(create="x", interpreter=["/no/such/shell"]) == (
        'fork/exec /no/such/shell: no such file or directory: running "x":\n'
    )


async def test_a_missing_directory_is_reported(service: Service, tmp_path: Path) -> None:
    assert await service.failure(create="x", dir=str(tmp_path / "none")) == (
        f'chdir {tmp_path}/none: no such file or directory: running "x":\n'
    )


async def test_a_command_with_a_null_byte_cannot_run(service: Service) -> None:
    assert "embedded null byte" in await service.failure(create="echo \0")


@pytest.mark.parametrize("kind", ["command:remote:Command", "command:remote:CopyToRemote"])
async def test_another_resource_type_is_refused_with_the_fix(kind: str, service: Service) -> None:
    urn = f"urn:pulumi:test::project::{kind}::thing"
    _, error = await service.call("Check", provider_pb2.CheckRequest(urn=urn))

    assert error == (
        "Unimplemented",
        f"{urn}: resource type {kind} is not supported by this Python command provider; expected "
        "command:local:Command. Fix: install the official provider: pulumi plugin install resource command 1.2.1",
    )


async def test_a_function_is_refused_with_the_fix(service: Service) -> None:
    _, error = await service.call("Invoke", provider_pb2.InvokeRequest(tok="command:local:run"))

    assert error == (
        "Unimplemented",
        "function command:local:run is not supported by this Python command provider; expected no function. "
        "Fix: install the official provider: pulumi plugin install resource command 1.2.1",
    )


def test_a_command_is_quoted_as_go_does() -> None:
    assert quoted('a "b" \\ \t\n\x01\x7fä€\u200b😀') == '"a \\"b\\" \\\\ \\t\\n\\x01\\x7fä€\\u200b😀"'
