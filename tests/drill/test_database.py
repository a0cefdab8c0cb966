"""The dump of a backup is restored into a real PostgreSQL, and every row is counted."""

from __future__ import annotations

import gzip
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pyrage
import pytest

from drill.database import NAME, RestoredDump, restore_dump
from operations.backup.keys.decryption import Keys
from operations.backup.parts.database import PART
from sandbox.postgres import Postgres
from tests.homelab.postgres import postgres

IDENTITY = pyrage.x25519.Identity.generate()
CONTENT = """
CREATE TABLE secrets (id int PRIMARY KEY, value text);
INSERT INTO secrets SELECT number, E'canary-of-a-row\\n' || number FROM generate_series(1, 500) AS number;
CREATE TABLE "kmsKeys" (id int);
CREATE SCHEMA partitions;
CREATE TABLE partitions.audit (id int);
INSERT INTO partitions.audit VALUES (1), (2);
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Postgres]:
    with postgres() as started:
        started.execute(CONTENT, "tests")
        yield started


@pytest.fixture(scope="module")
def dump(server: Postgres) -> str:
    argv = [str(server.programs / "pg_dump"), "--no-password", server.uri("tests", "tests")]
    return subprocess.run(argv, capture_output=True, text=True, check=True).stdout


def restored(server: Postgres, folder: Path, dump: str) -> RestoredDump:
    server.execute(f'DROP DATABASE IF EXISTS "{NAME}"')
    (folder / f"{PART}.age").write_bytes(pyrage.encrypt(gzip.compress(dump.encode()), [IDENTITY.to_public()]))
    return restore_dump(folder, Keys((IDENTITY,)), server)


def test_every_table_comes_back_with_its_rows(server: Postgres, dump: str, tmp_path: Path) -> None:
    found = restored(server, tmp_path, dump)

    assert found.restored == {"public.secrets": 500, 'public."kmsKeys"': 0, "partitions.audit": 2}
    assert (found.different, found.failed) == ({}, {})
    assert found.server.startswith("16.")
    assert server.execute("SELECT value FROM secrets WHERE id = 7", NAME) == "canary-of-a-row\n7"


def test_a_dump_that_needs_more_than_this_postgresql_has_keeps_its_rows(
    server: Postgres, dump: str, tmp_path: Path
) -> None:
    extension = "CREATE EXTENSION pg_trgm;\nCREATE INDEX search ON public.secrets USING gin (value gin_trgm_ops);\n"
    newer = dump.replace("SET statement_timeout = 0;", "SET statement_timeout = 0;\nSET transaction_timeout = 0;", 1)

    found = restored(server, tmp_path, newer + extension)

    assert found.different == {}
    assert sum(found.failed.values()) == 3
    assert "42704" in found.failed


def test_rows_that_cannot_be_restored_are_counted_and_not_shown(
    server: Postgres, dump: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    found = restored(server, tmp_path, dump.replace("    value text", "    value int"))

    assert found.different == {"public.secrets": (0, 500)}
    assert "22P02" in found.failed
    output = capfd.readouterr()
    assert "canary" not in output.out + output.err + server.log.read_text() + repr(found)


def test_a_table_that_cannot_be_created_is_missing(server: Postgres, dump: str, tmp_path: Path) -> None:
    found = restored(server, tmp_path, dump.replace("CREATE TABLE partitions.audit", "CREATE TABEL partitions.audit"))

    assert found.different == {"partitions.audit": (0, 2)}
