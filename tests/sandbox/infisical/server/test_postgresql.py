"""A fake with its data in PostgreSQL. The recorded exchanges show that it answers as one with a file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from operations.backup.parts.dump import PROVEN, REFUTED, DumpCheck
from sandbox.infisical import FakeInfisical, InfisicalServer, Settings
from sandbox.infisical.fake import FEWEST_ROUNDS
from sandbox.postgres import Postgres
from tests.sandbox.infisical.admin import Admin, query
from tests.sandbox.infisical.databases import OwnDatabase
from tooling.errors import StartError

CANARY = "canary-in-the-coal-mine"
OTHER_KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture(scope="module")
def database(postgres: Postgres) -> OwnDatabase:
    return OwnDatabase(postgres, "of the fake")


@pytest.fixture(scope="module")
def admin(database: OwnDatabase) -> Iterator[Admin]:
    """The administrator of a fake with one secret."""
    with FakeInfisical(database=database.uri) as fake:
        admin = Admin(fake)
        admin.secret(admin.project("homelab"), "KEY", CANARY)
        yield admin


def value(admin: Admin) -> str:
    project = admin.do("GET", "/api/v1/projects/slug/homelab")["id"]
    found: str = admin.do("GET", f"/api/v4/secrets/KEY?{query(project)}")["secret"]["secretValue"]
    return found


def test_no_data_are_in_its_folder_and_no_password_is_an_argument(admin: Admin, postgres: Postgres) -> None:
    arguments = Path(f"/proc/{admin.fake.server.pid}/cmdline").read_text()

    assert f"--database={postgres.uri('of the fake')}" in arguments
    assert postgres.password("infisical") not in arguments
    assert {path.name for path in admin.fake.server.data.iterdir()} == {"lock"}


def test_a_dump_contains_names_and_no_value(admin: Admin, database: OwnDatabase) -> None:
    dump = database.dump()

    assert b"KEY" in dump
    assert CANARY.encode() not in dump


def test_the_encryption_key_opens_the_dump_as_it_opens_a_real_servers(admin: Admin, database: OwnDatabase) -> None:
    check = DumpCheck()
    check.write(database.dump())

    assert check.is_complete
    assert check.opened_with(admin.fake.encryption_key) == PROVEN
    assert check.opened_with(OTHER_KEY) == REFUTED


def test_a_wrong_encryption_key_prevents_the_start_and_changes_nothing(admin: Admin, database: OwnDatabase) -> None:
    admin.fake.stop()
    before = database.dump()

    with pytest.raises(StartError) as refused:
        admin.fake.start(encryption_key=OTHER_KEY)

    assert any("Unsupported state or unable to authenticate data" in line for line in refused.value.log)
    assert _data(database.dump()) == _data(before)
    admin.fake.start()
    assert value(admin) == CANARY


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
def test_a_restart_of_postgresql_is_not_noticed(admin: Admin, postgres: Postgres, kill: bool) -> None:
    postgres.stop(kill=kill)
    assert admin.call("GET", "/api/v1/projects").status == 500

    postgres.start()
    postgres.wait()

    assert value(admin) == CANARY


def test_data_survive_a_restart_of_both(admin: Admin, postgres: Postgres) -> None:
    admin.fake.stop(kill=True)
    postgres.stop()
    postgres.start()
    postgres.wait()
    admin.fake.start()

    assert value(admin) == CANARY


def test_a_fake_whose_database_has_moved_is_replaced(admin: Admin, postgres: Postgres) -> None:
    """PostgreSQL gets another port if a different program has taken its own."""
    fake, url = admin.fake, admin.fake.url
    settings = Settings(bcrypt_rounds=FEWEST_ROUNDS, control=True)
    uri = postgres.uri("of the fake", "postgres")
    moved = InfisicalServer(fake.directory, settings=settings, database=uri, tethered=True)
    assert (moved.running, fake.server.running) == (False, True)

    assert moved.start(fake.encryption_key, fake.auth_secret)

    assert (moved.running, fake.server.running, moved.url) == (True, False, url)
    fake.start()
    assert value(admin) == CANARY


def test_without_postgresql_it_does_not_start(admin: Admin, postgres: Postgres) -> None:
    admin.fake.stop()
    postgres.stop()
    try:
        with pytest.raises(StartError) as refused:
            admin.fake.start()
    finally:
        postgres.start()
        postgres.wait()
        admin.fake.start()

    assert "its database cannot be used" in str(refused.value)
    assert "Connection refused" in str(refused.value)
    assert value(admin) == CANARY


def test_reset_empties_it(admin: Admin) -> None:
    admin.fake.reset()

    assert not admin.do("GET", "/api/v1/admin/config")["config"]["initialized"]


def _data(dump: bytes) -> list[bytes]:
    """A dump without the key of its own that pg_dump writes."""
    return [line for line in dump.splitlines() if b"restrict " not in line]
