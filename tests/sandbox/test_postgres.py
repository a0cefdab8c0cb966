"""PostgreSQL of the sandbox: a process like the others, and a server that asks everybody for a password."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
from collections.abc import Iterator

import psutil
import pytest

from sandbox.postgres import Postgres, PostgresError
from tests.waiting import eventually
from tooling.processes import spawn

CANARY = "canary-in-the-database"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """Its folder has a space and a quote in its name, and only its owner can enter the folder above."""
    above = tmp_path_factory.mktemp("above")
    above.chmod(0o700)
    server = Postgres(above / "the sandbox's", database="infisicalDB", owner="infisical")
    try:
        server.start()
        server.wait()
        server.execute(f"CREATE TABLE kept AS SELECT '{CANARY}' AS value", "infisicalDB")
        yield server
    finally:
        server.remove()


def restart(server: Postgres) -> None:
    server.start()
    server.wait()


def kept(server: Postgres) -> str:
    return server.execute("SELECT value FROM kept", "infisicalDB")


def log_in(server: Postgres, password: str) -> subprocess.CompletedProcess[str]:
    """Log in as the superuser."""
    command = [*server.psql()[:-1], f"postgresql://postgres@127.0.0.1:{server.port}/postgres"]
    environment = {**os.environ, "PGPASSWORD": password}
    return subprocess.run(command, env=environment, input="SELECT 1", text=True, capture_output=True, check=False)


def test_the_owner_and_the_superuser_have_passwords_of_their_own(server: Postgres) -> None:
    assert server.execute("SELECT current_user", "infisicalDB", user="infisical") == "infisical"
    assert (
        server.execute("SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'infisicalDB'") == "infisical"
    )
    assert log_in(server, server.password()).stdout == "1\n"
    assert "password authentication failed" in log_in(server, server.password("infisical")).stderr


def test_no_password_is_an_argument(server: Postgres) -> None:
    assert server.pid is not None
    arguments = [*server.psql(), server.shell(), *psutil.Process(server.pid).cmdline()]

    assert not any(server.password(user) in argument for user in ("postgres", "infisical") for argument in arguments)


def test_only_its_owner_can_read_its_files(server: Postgres) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (server.directory, *server.directory.iterdir())}

    assert (modes["the sandbox's"], modes["data"], modes["passwords"]) == (0o700, 0o700, 0o600)


def test_no_value_is_in_the_error_and_the_log_of_a_failed_statement(server: Postgres) -> None:
    with pytest.raises(PostgresError) as failed:
        server.execute(f"CREATE UNIQUE INDEX ON kept (value); INSERT INTO kept VALUES ('{CANARY}')", "infisicalDB")

    assert "duplicate key value" in str(failed.value)
    assert CANARY not in str(failed.value) + server.log.read_text()


def test_starting_it_again_changes_nothing(server: Postgres) -> None:
    before = server.pid

    assert server.start() is False
    assert server.pid == before


def test_data_and_port_survive_a_stop_with_clients(server: Postgres) -> None:
    port = server.port
    with subprocess.Popen(server.psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin
        assert client.stdout
        client.stdin.write(b"SELECT 1;\n")
        client.stdin.flush()
        assert client.stdout.readline() == b"1\n"

        assert server.stop() is True
    assert server.stop() is False
    restart(server)

    assert kept(server) == CANARY
    assert server.port == port


def test_data_survive_a_kill_and_no_child_stays(server: Postgres) -> None:
    """A child that is stopped, or busy, does not notice the end of the server."""
    with subprocess.Popen(server.psql(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin
        assert client.stdout
        client.stdin.write(b"SELECT pg_backend_pid();\n")
        client.stdin.flush()
        child = int(client.stdout.readline())
        os.kill(child, signal.SIGSTOP)
        assert server.pid is not None
        os.kill(server.pid, signal.SIGKILL)
        eventually(lambda: server.pid is None, "it is killed")
        assert spawn.birth(child)

        restart(server)

    assert not spawn.birth(child)
    assert kept(server) == CANARY


def test_data_that_are_half_created_are_created_again(server: Postgres) -> None:
    other = Postgres(server.directory.with_name("other"), database="infisicalDB", owner="infisical", tethered=True)
    half = other.directory / "data.half"
    half.mkdir(parents=True)
    (half / "PG_VERSION").write_text("16")
    try:
        restart(other)

        assert not half.exists()
        assert other.execute("SELECT 1", "infisicalDB", user="infisical") == "1"
    finally:
        other.remove()


def test_removing_leaves_no_process_and_no_file(server: Postgres) -> None:
    assert server.pid is not None
    pids = [server.pid, *(child.pid for child in psutil.Process(server.pid).children())]

    server.remove()

    assert len(pids) > 1
    assert not any(map(spawn.birth, pids))
    assert not server.directory.exists()
