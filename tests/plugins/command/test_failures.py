"""A command that fails says what ran, how it ended and what it printed."""

from __future__ import annotations

from pathlib import Path

from plugins.command.text import quoted
from tests.plugins.command.service import Service


async def test_an_exit_code_is_an_error_in_the_official_words(service: Service) -> None:
    error = await service.failure(create="echo updated third; exit 1")

    assert error == 'exit status 1: running "echo updated third; exit 1":\nupdated third\n'


async def test_the_error_holds_stderr_and_stdout_as_they_came(service: Service) -> None:
    error = await service.failure(create="echo first; sleep 0.2; echo second >&2; sleep 0.2; echo third; exit 7")

    assert error.startswith("exit status 7: running ")
    assert error.endswith(":\nfirst\nsecond\nthird\n")


async def test_a_signal_is_named(service: Service) -> None:
    assert (await service.failure(create="kill -TERM $$")).startswith('signal: terminated: running "kill')


async def test_a_missing_interpreter_is_named(service: Service) -> None:
    assert await service.failure(create="x", interpreter=["no-such-shell", "-c"]) == (
        'exec: "no-such-shell": executable file not found in $PATH: running "x":\n'
    )
    assert await service.failure(create="x", interpreter=["/no/such/shell"]) == (
        'fork/exec /no/such/shell: no such file or directory: running "x":\n'
    )


async def test_a_missing_directory_is_named(service: Service, tmp_path: Path) -> None:
    assert await service.failure(create="x", dir=str(tmp_path / "none")) == (
        f'chdir {tmp_path}/none: no such file or directory: running "x":\n'
    )


async def test_a_command_with_a_null_byte_cannot_run(service: Service) -> None:
    assert "embedded null byte" in await service.failure(create="echo \0")


async def test_a_kind_that_is_not_here_says_what_is_and_how_to_get_it(service: Service) -> None:
    from pulumi.runtime.proto import provider_pb2

    request = provider_pb2.CheckRequest(urn="urn:pulumi:test::project::command:remote:CopyToRemote::thing")
    _, error = await service.call("Check", request)

    assert error is not None
    assert error[0] == "Unimplemented"
    assert "command:remote:CopyToRemote is not in this Python command provider" in error[1]
    assert "command:local:Command, command:remote:Command" in error[1]
    assert "pulumi plugin install resource command 1.2.1" in error[1]


def test_a_command_is_quoted_as_go_does() -> None:
    assert quoted('a "b" \\ \t\n\x01\x7fä€\u200b😀') == '"a \\"b\\" \\\\ \\t\\n\\x01\\x7fä€\\u200b😀"'
