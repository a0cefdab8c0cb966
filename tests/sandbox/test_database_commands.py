"""The shell commands that set Infisical's database aside and restore it; each can be repeated."""

from __future__ import annotations

import os
import subprocess

import pytest

from sandbox.infisical.database_commands import ROTATION, database_commands
from sandbox.postgres import Postgres

NAME, ASIDE, UNDONE = "infisicalDB", "infisicalDB_20261122_084500", "infisicalDB_20261122_084500_undone"


@pytest.fixture
def postgres(postgres: Postgres) -> Postgres:
    """A server with an old database."""
    postgres.clear()
    fill(postgres, "old")
    return postgres


def fill(postgres: Postgres, value: str) -> None:
    postgres.execute(f"CREATE TABLE kept AS SELECT '{value}' AS value", NAME)


def run(postgres: Postgres, command: str) -> None:
    environment = {**os.environ, ROTATION: "20261122_084500"}
    subprocess.run(["/bin/sh", "-c", database_commands(postgres)[command]], env=environment, check=True)


def held(postgres: Postgres) -> dict[str, str]:
    """The value of each database; empty for a database without tables."""
    names = postgres.execute("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname != 'postgres'")
    value = "SELECT format('SELECT value FROM %I', tablename) FROM pg_tables WHERE schemaname = 'public' \\gexec"
    return {name: postgres.execute(value, name) for name in names.splitlines()}


def test_data_are_set_aside_once(postgres: Postgres) -> None:
    run(postgres, "setAside")
    fill(postgres, "new")
    run(postgres, "setAside")

    assert held(postgres) == {ASIDE: "old", NAME: "new"}


def test_the_new_database_is_empty_and_belongs_to_infisical(postgres: Postgres) -> None:
    run(postgres, "setAside")

    assert held(postgres) == {ASIDE: "old", NAME: ""}
    assert postgres.execute("CREATE TABLE own (); SELECT current_user", NAME, user="infisical") == "infisical"


def test_an_interrupted_set_aside_is_completed(postgres: Postgres) -> None:
    postgres.execute(f'ALTER DATABASE "{NAME}" RENAME TO "{ASIDE}"')

    run(postgres, "setAside")

    assert held(postgres) == {ASIDE: "old", NAME: ""}


def test_data_are_restored_and_the_new_data_are_kept(postgres: Postgres) -> None:
    run(postgres, "setAside")
    fill(postgres, "new")
    run(postgres, "restore")
    run(postgres, "restore")

    assert held(postgres) == {NAME: "old", UNDONE: "new"}


def test_data_that_were_not_set_aside_are_kept(postgres: Postgres) -> None:
    run(postgres, "restore")

    assert held(postgres) == {NAME: "old"}


def test_open_connections_are_closed(postgres: Postgres) -> None:
    client = [*postgres.psql(NAME)]
    with subprocess.Popen(client, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as open_client:
        assert open_client.stdin
        assert open_client.stdout
        open_client.stdin.write(b"SELECT 1;\n")
        open_client.stdin.flush()
        assert open_client.stdout.readline() == b"1\n"

        run(postgres, "setAside")

    assert held(postgres) == {ASIDE: "old", NAME: ""}


def test_a_database_that_does_not_answer_fails_the_command(postgres: Postgres) -> None:
    postgres.stop()
    try:
        with pytest.raises(subprocess.CalledProcessError):
            run(postgres, "setAside")
    finally:
        postgres.start()
        postgres.wait()

    assert held(postgres) == {NAME: "old"}


def test_no_password_is_in_the_commands(postgres: Postgres) -> None:
    commands = str(database_commands(postgres))

    assert not any(postgres.password(user) in commands for user in ("postgres", "infisical"))
