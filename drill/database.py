"""Restores the dump of a backup into the sandbox's PostgreSQL, next to the database of the sandbox's Infisical."""

from __future__ import annotations

import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from operations.backup.keys.decryption import Keys, decrypt
from operations.backup.parts.database import PART
from operations.backup.parts.dump import DumpCheck, Uncompressed
from sandbox.postgres import Postgres

NAME: Final = "restored"
"""The database in which the dump is restored."""

_FAILED: Final = re.compile(r"(?:ERROR|FATAL):\s+(\w{5})$", re.MULTILINE)
_TABLES: Final = "'r', 'p'"


@dataclass(frozen=True)
class RestoredDump:
    """
    :param server: the version of PostgreSQL, such as `16.14`
    :param dumped: rows in the dump, by table
    :param restored: rows in the restored database, by table
    :param failed: how many statements failed, by SQLSTATE. No message: it may contain a value
    """

    server: str
    dumped: Mapping[str, int]
    restored: Mapping[str, int]
    failed: Mapping[str, int] = field(default_factory=dict)

    @property
    def different(self) -> dict[str, tuple[int, int]]:
        """The tables that did not come back as dumped: rows restored and rows dumped."""
        return {
            table: (self.restored.get(table, 0), rows)
            for table, rows in self.dumped.items()
            if self.restored.get(table) != rows
        }


def restore_dump(folder: Path, keys: Keys, postgres: Postgres) -> RestoredDump:
    """
    Decrypt the dump into a new database. It goes through pipes only, and never unencrypted onto a disk.

    A statement that fails ends nothing: the dump of a newer PostgreSQL, or of one with more extensions, still has all
    rows.

    :param folder: a verified backup with a dump
    """
    postgres.execute(f'CREATE DATABASE "{NAME}" OWNER "{postgres.owner}"')
    check = DumpCheck()
    client = postgres.psql(NAME)
    # Of these, the last one counts.
    argv = [*client[:-1], "--set=ON_ERROR_STOP=0", "--set=VERBOSITY=sqlstate", "--output=/dev/null", client[-1]]
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=errors)
        assert process.stdin
        pipe = process.stdin

        def write(data: bytes) -> Any:
            check.write(data)
            pipe.write(data)

        try:
            decrypt(folder, PART, keys, Uncompressed(write))
        except BaseException:
            process.kill()
            raise
        finally:
            pipe.close()
            process.wait()
        errors.seek(0)
        failed = Counter(_FAILED.findall(errors.read().decode(errors="replace")))
    return RestoredDump(
        server=postgres.execute("SHOW server_version", NAME).split()[0],
        dumped=check.rows,
        restored=_rows(postgres),
        failed=failed,
    )


def _rows(postgres: Postgres) -> dict[str, int]:
    """The number of rows of each table that is not PostgreSQL's own."""
    tables = (
        "SELECT format('SELECT %L, count(*) FROM %s', format('%I.%I', nspname, relname), pg_class.oid::regclass) "
        "FROM pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace "
        f"WHERE relkind IN ({_TABLES}) AND nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast') \\gexec"
    )
    lines = postgres.execute(tables, NAME).splitlines()
    return {table: int(rows) for table, _, rows in (line.rpartition("|") for line in lines)}
