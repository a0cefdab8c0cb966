"""The data in a PostgreSQL database, as a real server has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row

from sandbox.infisical.errors import BootError
from sandbox.infisical.storage.database import ROOT_KEY, Database, Row, schema

CONNECT_SECONDS = 10
NUMBERED = ["access_tokens", "client_secrets", "identities", "memberships", "privileges", "secret_versions"]
"""The tables whose rows are listed in the order of their creation. SQLite numbers the rows of every table."""

_IN_TRANSACTION = (psycopg.pq.TransactionStatus.INTRANS, psycopg.pq.TransactionStatus.INERROR)


class PostgresDatabase(Database):
    """
    It connects again when the server was restarted.

    :param uri: of an empty database, or of one that a fake wrote; without a password
    :raises BootError: the server does not answer, or refuses
    """

    begin = "BEGIN"

    def __init__(self, uri: str) -> None:
        self._uri = uri
        try:
            self._connection = self._connected()
        except psycopg.OperationalError as error:
            reason = " ".join(str(error).split())
            message = f"its database cannot be used: {reason}\n  Start PostgreSQL, then start this again."
            raise BootError(message) from error
        with self.transaction():
            self.run(schema())
            for table in NUMBERED:
                column = "rowid BIGINT GENERATED ALWAYS AS IDENTITY"
                self.run(f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS {column}")

    def rows(self, sql: str, *values: object) -> list[Row]:
        return self._execute(sql, values).fetchall()

    def run(self, sql: str, *values: object) -> int:
        return self._execute(sql, values).rowcount

    def clear(self) -> None:
        named = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename != ?"
        tables = ", ".join(row["tablename"] for row in self.rows(named, ROOT_KEY))
        self.run(f"TRUNCATE {tables} RESTART IDENTITY")

    def close(self) -> None:
        self._connection.close()

    def _execute(self, sql: str, values: Sequence[object]) -> psycopg.Cursor[Row]:
        sql = sql.replace("?", "%s")
        # PostgreSQL does not take a boolean for a number.
        given = [int(value) if isinstance(value, bool) else value for value in values] or None
        # With a connection that is lost in a transaction, the transaction is lost. Otherwise nothing is.
        is_in_transaction = self._connection.info.transaction_status in _IN_TRANSACTION
        try:
            return self._connection.execute(sql, given)
        except psycopg.OperationalError:
            if is_in_transaction or not self._connection.closed:
                raise
        self._connection = self._connected()
        return self._connection.execute(sql, given)

    def _connected(self) -> psycopg.Connection[Row]:
        options: dict[str, Any] = {"autocommit": True, "row_factory": dict_row, "connect_timeout": CONNECT_SECONDS}
        return psycopg.connect(self._uri, **options)
