"""
The server's data: tables that one request at a time writes, each in a transaction of its own.

They are in PostgreSQL, as a real server's are, or in one SQLite file: it starts at once, for tests that need many
servers. Statements are written for both: `?` is a value, a flag is 0 or 1, and `rowid` grows with each new row.
"""

from __future__ import annotations

import uuid
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from typing import Any, ClassVar

from sandbox.infisical.errors import ApiError

Row = dict[str, Any]

ROOT_KEY = "kms_root_config"
"""The table of the root key, with the name and the columns that it has on a real server."""


def new_id() -> str:
    return str(uuid.uuid4())


def schema() -> str:
    """The statements that create the tables which do not exist."""
    return resources.files(__package__).joinpath("schema.sql").read_text()


class Database(ABC):
    """Runs statements. Outside a transaction, each takes effect at once."""

    begin: ClassVar[str]
    """The statement that starts a transaction."""

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; an ApiError with `keep` commits what was written before."""
        self.run(self.begin)
        try:
            yield
        except ApiError as error:
            self.run("COMMIT" if error.keep else "ROLLBACK")
            raise
        except BaseException:
            self.run("ROLLBACK")
            raise
        self.run("COMMIT")

    def one(self, sql: str, *values: object) -> Row | None:
        """The first row."""
        return next(iter(self.rows(sql, *values)), None)

    @abstractmethod
    def rows(self, sql: str, *values: object) -> list[Row]: ...

    @abstractmethod
    def run(self, sql: str, *values: object) -> int:
        """Run a statement and return the number of rows that it changed."""

    def insert(self, table: str, row: Row) -> Row:
        """Insert the row and return it."""
        names, marks = ", ".join(f'"{name}"' for name in row), ", ".join("?" * len(row))
        self.run(f"INSERT INTO {table} ({names}) VALUES ({marks})", *row.values())
        return row

    def update(self, table: str, identifier: str, changes: Row) -> None:
        """Change the row with this id."""
        sets = ", ".join(f"{name} = ?" for name in changes)
        self.run(f"UPDATE {table} SET {sets} WHERE id = ?", *changes.values(), identifier)

    @abstractmethod
    def clear(self) -> None:
        """Remove all rows except the root key."""

    @abstractmethod
    def close(self) -> None: ...
