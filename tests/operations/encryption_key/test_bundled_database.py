"""The chart's own PostgreSQL is set aside and restored by its own programs, without loss and repeatedly."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.encryption_key.cluster import Cluster
from operations.encryption_key.database import BundledDatabase
from tests.homelab.postgres import postgres as fresh_postgres
from tests.operations.encryption_key.postgres_pod import PASSWORD, PostgresPod
from tooling.kubernetes.kubectl import Kubectl, KubectlError

ROTATION = "20261122_084500"
ASIDE = f"infisicalDB_{ROTATION}"


@pytest.fixture(scope="module")
def pod(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresPod]:
    with fresh_postgres() as server:
        yield PostgresPod(server, tmp_path_factory.mktemp("kubectl"))


@pytest.fixture
def postgres(pod: PostgresPod, monkeypatch: pytest.MonkeyPatch) -> PostgresPod:
    pod.reset()
    monkeypatch.setenv("PATH", str(pod.kubectl()), prepend=":")
    return pod


@pytest.fixture
def database(postgres: PostgresPod) -> BundledDatabase:
    return BundledDatabase(Cluster(Kubectl(Path("kubectl"), None), "argocd", 60), ROTATION)


def tables(postgres: PostgresPod, database: str) -> list[str]:
    """The tables of a database."""
    return postgres.ask("SELECT tablename FROM pg_tables WHERE schemaname = 'public'", database=database)


def test_infisical_gets_an_empty_database_and_the_old_one_is_kept(
    postgres: PostgresPod, database: BundledDatabase
) -> None:
    database.set_aside()
    database.set_aside()

    assert postgres.databases() == {"infisicalDB", ASIDE}
    assert tables(postgres, "infisicalDB") == []
    assert postgres.ask("SELECT value FROM secrets", database=ASIDE) == ["old"]
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'infisicalDB'"
    assert postgres.ask(owner) == ["infisical"]


def test_an_interrupted_set_aside_is_completed(postgres: PostgresPod, database: BundledDatabase) -> None:
    postgres.ask(f'ALTER DATABASE "infisicalDB" RENAME TO "{ASIDE}"')

    database.set_aside()

    assert postgres.databases() == {"infisicalDB", ASIDE}


def test_open_connections_are_closed(postgres: PostgresPod, database: BundledDatabase) -> None:
    with subprocess.Popen(postgres.client("infisicalDB"), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as client:
        assert client.stdin
        assert client.stdout
        client.stdin.write(b"SELECT 1;\n")
        client.stdin.flush()
        assert client.stdout.readline() == b"1\n"

        database.set_aside()
        client.kill()

    assert postgres.databases() == {"infisicalDB", ASIDE}


def test_the_old_database_is_restored_and_the_new_one_is_kept(postgres: PostgresPod, database: BundledDatabase) -> None:
    database.set_aside()
    postgres.ask("CREATE TABLE new_secrets ()", database="infisicalDB")

    database.restore()
    database.restore()

    assert postgres.databases() == {"infisicalDB", f"{ASIDE}_undone"}
    assert postgres.ask("SELECT value FROM secrets", database="infisicalDB") == ["old"]
    assert tables(postgres, f"{ASIDE}_undone") == ["new_secrets"]


@pytest.mark.parametrize("begun", [False, True])
def test_restore_works_without_or_after_an_interrupted_set_aside(
    postgres: PostgresPod, database: BundledDatabase, begun: bool
) -> None:
    if begun:
        postgres.ask(f'ALTER DATABASE "infisicalDB" RENAME TO "{ASIDE}"')

    database.restore()

    assert postgres.databases() == {"infisicalDB"}
    assert tables(postgres, "infisicalDB") == ["secrets"]


def test_an_error_of_postgresql_is_reported_and_no_password_is_an_argument(
    postgres: PostgresPod, database: BundledDatabase
) -> None:
    postgres.ask('ALTER DATABASE "infisicalDB" OWNER TO postgres; DROP ROLE infisical')

    with pytest.raises(KubectlError, match='role "infisical" does not exist') as raised:
        database.set_aside()

    assert PASSWORD not in str(raised.value)
    assert PASSWORD not in postgres.arguments.read_text()
    assert postgres.databases() == {ASIDE}
    database.restore()
    assert postgres.databases() == {"infisicalDB"}
