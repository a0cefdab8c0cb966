"""
One SQLite file, written by one request at a time: each request is a transaction.

The journal mode keeps everything in the one file, so that copying it while the server is stopped is a full backup.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import Any

from sandbox.infisical.errors import ApiError

Row = dict[str, Any]


def new_id() -> str:
    return str(uuid.uuid4())


class Database:
    """
    :param path: of the file; created with mode 0600 if it does not exist
    """

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = _as_dict
        # Data survive a killed process, not a power cut: right for a sandbox, and many times faster.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(resources.files(__package__).joinpath("schema.sql").read_text())

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an ApiError with `keep` commits what was written before."""
        self._connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        except ApiError as error:
            self._connection.execute("COMMIT" if error.keep else "ROLLBACK")
            raise
        except BaseException:
            self._connection.execute("ROLLBACK")
            raise
        self._connection.execute("COMMIT")

    def one(self, sql: str, *values: object) -> Row | None:
        """The first row."""
        row: Row | None = self._connection.execute(sql, values).fetchone()
        return row

    def rows(self, sql: str, *values: object) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        """Run a statement and return the number of rows that it changed."""
        return self._connection.execute(sql, values).rowcount

    def insert(self, table: str, row: Row) -> Row:
        """Insert the row and return it."""
        names, marks = ", ".join(row), ", ".join("?" * len(row))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *row.values())
        return row

    def update(self, table: str, identifier: str, changes: Row) -> None:
        """Change the row with this id."""
        sets = ", ".join(f"{name} = ?" for name in changes)
        self.run(f"UPDATE {table} SET {sets} WHERE id = ?", *changes.values(), identifier)

    def clear(self) -> None:
        """Remove all rows except the root key."""
        tables = self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name != 'root_key'")
        self._connection.execute("PRAGMA foreign_keys = OFF")
        with self.transaction():
            for table in tables:
                self.run(f"DELETE FROM {table['name']}")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        self._connection.close()


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
