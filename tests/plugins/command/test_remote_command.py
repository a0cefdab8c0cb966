"""Commands over SSH, against a real server."""

from __future__ import annotations

import asyncio
import os
import re
import shutil
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import asyncssh
import pytest
from google.protobuf import empty_pb2

from plugins.protocol.properties import Secret
from tests.plugins.command.processes import DEADLINE, ended, is_running, written_pids
from tests.plugins.command.service import REMOTE, Service
from tests.plugins.command.sshd import PASSWORD, Host, ssh_host


@pytest.fixture(autouse=True)
def no_agent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with ssh_host() as host:
        yield host


async def test_a_command_runs_and_its_output_comes_back(service: Service, host: Host) -> None:
    inputs = {"connection": Secret(host.connection()), "create": "echo out; echo err >&2"}

    state = await service.create(REMOTE, **inputs)

    assert state == {**inputs, "stdout": "out", "stderr": "err"}
    assert set(service.engine.lines) == {"out", "err"}


async def test_update_and_delete_run_their_commands_with_the_output_before(
    service: Service, host: Host, tmp_path: Path
) -> None:
    connection = host.connection()
    gone = tmp_path / "gone"
    inputs = {"connection": connection, "create": "echo one", "delete": f'printf "$PULUMI_COMMAND_STDOUT" > {gone}'}

    state = await service.create(REMOTE, **inputs)
    state = await service.update(state, {**inputs, "update": 'echo "$PULUMI_COMMAND_STDOUT two"'}, REMOTE)
    await service.delete(state, REMOTE)

    assert state["stdout"] == "one two"
    assert gone.read_text() == "one two"


async def test_variables_and_stdin_reach_the_command(service: Service, host: Host) -> None:
    state = await service.create(
        REMOTE,
        connection=host.connection(),
        create='printf "%s|" "$A" "$B"; wc -c',
        environment={"A": "a b", "B": "ü\n"},
        stdin="x" * 300_000,
    )

    assert state["stdout"].replace(" ", "") == "ab|ü\n|300000"


async def test_without_stdin_there_is_nothing_to_read(service: Service, host: Host) -> None:
    assert (await service.create(REMOTE, connection=host.connection(), create="cat; echo end"))["stdout"] == "end"


async def test_much_output_arrives_whole(service: Service, host: Host) -> None:
    state = await service.create(
        REMOTE, connection=host.connection(), create="head -c 3000000 /dev/zero | tr '\\0' x", logging="none"
    )

    assert len(state["stdout"]) == 3_000_000


async def test_an_exit_code_is_an_error_with_what_was_printed(service: Service, host: Host) -> None:
    error = await service.failure(REMOTE, connection=host.connection(), create="echo 'oh no' >&2; exit 3")

    assert error == "Process exited with status 3: running \"echo 'oh no' >&2; exit 3\":\noh no\n"


async def test_a_signal_is_an_error(service: Service, host: Host) -> None:
    error = await service.failure(REMOTE, connection=host.connection(), create="kill -TERM $$")

    assert error.startswith('Process exited with status 143 from signal TERM: running "kill -TERM $$"')


async def test_a_private_key_opens_the_connection(service: Service, host: Host) -> None:
    key = host.user_key.export_private_key("openssh").decode()

    state = await service.create(REMOTE, connection=host.connection(password=None, privateKey=key), create="echo hi")

    assert state["stdout"] == "hi"


async def test_an_encrypted_private_key_needs_its_password(service: Service, host: Host) -> None:
    key = host.user_key.export_private_key("openssh", passphrase="throwaway-phrase").decode()
    connection = host.connection(password=None, privateKey=key)

    state = await service.create(
        REMOTE, connection={**connection, "privateKeyPassword": "throwaway-phrase"}, create="echo hi"
    )
    missing = await service.failure(REMOTE, connection=connection, create="x")
    wrong = await service.failure(
        REMOTE, connection={**connection, "privateKeyPassword": "mistaken-phrase"}, create="x"
    )

    assert state["stdout"] == "hi"
    for error in (missing, wrong):
        assert error.startswith("connection.privateKey: cannot be read: ")
        assert "connection.privateKeyPassword" in error
        assert "mistaken" not in error
        assert key.splitlines()[1] not in error
    assert host.logins == 1


async def test_a_wrong_password_is_refused_and_not_shown(service: Service, host: Host) -> None:
    error = await service.failure(REMOTE, connection=host.connection(password="mistaken-password"), create="x")

    assert error == (
        f"after 0 failed attempts: ssh 127.0.0.1:{host.port}: handshake failed: unable to authenticate user 'tester'"
        " with the password; check connection.user, connection.password and connection.privateKey"
    )


async def test_a_connection_without_key_and_password_says_so(service: Service, host: Host) -> None:
    error = await service.failure(REMOTE, connection=host.connection(password=None), create="x")

    assert "unable to authenticate user 'tester' with no key and no password" in error


async def test_a_refused_connection_is_tried_again(service: Service, host: Host) -> None:
    host.refused_connections = 2

    state = await service.create(REMOTE, connection=host.connection(dialErrorLimit=3), create="echo hi")

    assert state["stdout"] == "hi"
    assert service.engine.lines == ["Dial 1/3 failed: retrying", "Dial 2/3 failed: retrying", "hi"]
    assert host.logins == 3


async def test_an_unreachable_host_is_an_error_after_the_limit(service: Service, host: Host) -> None:
    # A port that was free a moment ago and that nobody listens on.
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()

    error = await service.failure(REMOTE, connection=host.connection(port=port, dialErrorLimit=2), create="x")

    assert error == f"after 2 failed attempts: dial tcp 127.0.0.1:{port}: connect: connection refused"
    assert service.engine.lines == ["Dial 1/2 failed: retrying", "Dial 2/2 failed: retrying"]


async def test_a_host_that_does_not_answer_is_given_up(service: Service, host: Host) -> None:
    async def stay_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    async with await asyncio.start_server(stay_silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        connection = host.connection(port=port, perDialTimeout=1)

        error = await service.failure(REMOTE, connection=connection, create="x")

    assert error == (
        f"after 0 failed attempts: dial tcp 127.0.0.1:{port}: no answer within 1 s (connection.perDialTimeout)"
    )


async def test_an_expected_host_key_is_accepted(service: Service, host: Host) -> None:
    connection = host.connection(hostKey=host.host_key_line)

    assert (await service.create(REMOTE, connection=connection, create="echo hi"))["stdout"] == "hi"


async def test_another_host_key_is_refused_before_the_password_is_sent(service: Service, host: Host) -> None:
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()

    error = await service.failure(REMOTE, connection=host.connection(hostKey=other), create="touch /nowhere")

    assert error.startswith(
        f"after 0 failed attempts: ssh 127.0.0.1:{host.port}: handshake failed: host key mismatch:"
        f" its key is ssh-ed25519 {host.host_key.get_fingerprint()}, not the one in connection.hostKey; "
    )
    assert PASSWORD not in error


async def test_a_host_key_of_another_kind_is_refused(service: Service, host: Host) -> None:
    other = asyncssh.generate_private_key("ecdsa-sha2-nistp256").export_public_key().decode()

    error = await service.failure(REMOTE, connection=host.connection(hostKey=other), create="x")

    assert "handshake failed: host key mismatch: it has no key of that kind, not the one in connection.hostKey" in error


async def test_a_host_key_that_cannot_be_read_is_named(service: Service, host: Host) -> None:
    error = await service.failure(REMOTE, connection=host.connection(hostKey="nonsense"), create="x")

    assert re.fullmatch(r"connection\.hostKey: cannot be read: .*; it must be a line as `ssh-keyscan .*", error)
    assert host.logins == 0


async def test_a_proxy_leads_to_the_host(service: Service, host: Host) -> None:
    async with ssh_host() as gate:
        connection = host.connection(proxy=gate.connection(hostKey=gate.host_key_line))

        state = await service.create(REMOTE, connection=connection, create="echo hi")

        assert state["stdout"] == "hi"
        assert gate.tunnels == [host.port]


async def test_a_proxy_that_refuses_is_named(service: Service, host: Host) -> None:
    async with ssh_host() as gate:
        connection = host.connection(proxy=gate.connection(password="mistaken-password"))

        error = await service.failure(REMOTE, connection=connection, create="x")

    assert f"ssh 127.0.0.1:{gate.port}: " in error
    assert "check connection.proxy.user" in error
    assert host.logins == 0


async def test_a_variable_that_the_server_does_not_take_stops_the_command(
    service: Service, host: Host, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refuse_variables(monkeypatch)

    error = await service.failure(
        REMOTE, connection=host.connection(), create=f"touch {tmp_path}/ran", environment={"NAME": "value"}
    )

    assert error.startswith("could not set environment variable 'NAME': the SSH server does not accept it; ")
    assert "AcceptEnv" in error
    assert not (tmp_path / "ran").exists()


async def test_the_output_before_may_be_refused(service: Service, host: Host, monkeypatch: pytest.MonkeyPatch) -> None:
    refuse_variables(monkeypatch)
    state = {"stdout": "before", "stderr": ""}

    state = await service.update(
        state, {"connection": host.connection(), "update": "echo ${PULUMI_COMMAND_STDOUT-none}"}, REMOTE
    )

    assert state["stdout"] == "none"
    assert "PULUMI_COMMAND_STDOUT" in service.engine.lines[0]


def refuse_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(channel: Any, packet: Any) -> bool:
        packet.get_string()
        packet.get_string()
        return False

    monkeypatch.setattr("asyncssh.channel.SSHServerChannel._process_env_request", refuse)


@pytest.mark.skipif(shutil.which("ssh-agent") is None, reason="no ssh-agent: apt-get install openssh-client")
async def test_an_agents_key_opens_the_connection(service: Service, host: Host, tmp_path: Path) -> None:
    socket, key = tmp_path / "agent", tmp_path / "key"
    host.user_key.write_private_key(str(key), "openssh")
    key.chmod(0o600)
    agent = await asyncio.create_subprocess_exec("ssh-agent", "-D", "-a", str(socket), stdout=subprocess.DEVNULL)
    try:
        async with asyncio.timeout(DEADLINE):
            while not socket.exists():  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
        add = await asyncio.create_subprocess_exec("ssh-add", "-q", str(key), env=environment)
        assert await add.wait() == 0

        connection = host.connection(password=None, agentSocketPath=str(socket))
        state = await service.create(REMOTE, connection=connection, create="echo hi")
    finally:
        agent.terminate()
        await agent.wait()

    assert state["stdout"] == "hi"


async def test_an_agent_that_is_not_there_is_named(service: Service, host: Host, tmp_path: Path) -> None:
    connection = host.connection(agentSocketPath=str(tmp_path / "agent"))

    error = await service.failure(REMOTE, connection=connection, create="x")

    assert error.startswith(f"dial unix {tmp_path}/agent: no SSH agent answers there; ")


async def test_a_secret_is_hidden_and_the_host_is_not(service: Service, host: Host) -> None:
    error = await service.failure(
        REMOTE, connection=Secret(host.connection()), create=f'echo "127.0.0.1 $T {PASSWORD}"; exit 1',
        environment={"T": Secret("canary-4711")},
    )  # fmt: skip

    assert error == (
        'Process exited with status 1: running "echo \\"127.0.0.1 $T [secret]\\"; exit 1":\n'
        "127.0.0.1 [secret] [secret]\n"
    )
    assert service.engine.lines == ["127.0.0.1 [secret] [secret]"]


async def test_cancel_ends_a_remote_command(service: Service, host: Host, tmp_path: Path) -> None:
    path = tmp_path / "pid"
    task = asyncio.create_task(
        service.failure(REMOTE, connection=host.connection(), create=f"echo $$ > {path}; exec sleep 600")
    )
    pids = await written_pids(path, 1)
    assert is_running(pids[0])

    await service.stub.Cancel(empty_pb2.Empty())

    assert await task == "the command was cancelled before it ended"
    assert await ended(pids)


async def test_a_preview_connects_to_nothing(service: Service, host: Host) -> None:
    await service.create(REMOTE, preview=True, connection=host.connection(), create="echo hi")

    assert host.logins == 0
