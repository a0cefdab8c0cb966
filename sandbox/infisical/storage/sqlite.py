"""
The data in one SQLite file.

The journal mode keeps everything in the one file, so that copying it while the server is stopped is a full backup.
"""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

from sandbox.infisical.storage.database import ROOT_KEY, Database, Row, schema


class SqliteDatabase(Database):
    """
    :param path: of the file; created with mode 0600 if it does not exist
    """

    begin = "BEGIN IMMEDIATE"

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        self._connection = sqlite3.connect(path, isolation_level=None)
        self._connection.row_factory = _as_dict
        # Data survive a killed process, not a power cut: right for a sandbox, and many times faster.
        self._connection.execute("PRAGMA synchronous = OFF")
        self._connection.execute("PRAGMA foreign_keys = ON")
        self._connection.executescript(schema())

    def rows(self, sql: str, *values: object) -> list[Row]:
        return self._connection.execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        return self._connection.execute(sql, values).rowcount

    def clear(self) -> None:
        tables = self.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name != ?", ROOT_KEY)
        self._connection.execute("PRAGMA foreign_keys = OFF")
        with self.transaction():
            for table in tables:
                self.run(f"DELETE FROM {table['name']}")
        self._connection.execute("PRAGMA foreign_keys = ON")

    def close(self) -> None:
        self._connection.close()


def _as_dict(cursor: sqlite3.Cursor, values: tuple[Any, ...]) -> Row:
    return {column[0]: value for column, value in zip(cursor.description, values, strict=True)}
