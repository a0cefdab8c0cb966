"""A real PostgreSQL server of its own, for the tests of one file."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.postgres import Postgres as SandboxPostgres

OWN = "tests"
"""A superuser and a database for the tests: they change the password of `postgres`."""


class Postgres(SandboxPostgres):
    """A server that runs when it was started."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory, database=OWN, owner=OWN, tethered=True)

    def psql(self, database: str = "postgres", user: str = OWN) -> list[str]:
        return super().psql(database, user)

    def execute(self, statements: str, database: str = "postgres", user: str = OWN) -> str:
        return super().execute(statements, database, user)

    def accepts(self, user: str, password: str) -> bool:
        """Whether a client can log in with this password."""
        tcp = ["-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", "postgres", "-c", "select 1"]
        environment = {**os.environ, "PGPASSWORD": password}
        program = str(self.programs / "psql")
        return subprocess.run([program, "-qX", *tcp], env=environment, capture_output=True, check=False).returncode == 0

    def start(self) -> bool:
        started = super().start()
        self.wait()
        return started


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A new server, removed with its files after the block."""
    with TemporaryDirectory(prefix="postgres-") as folder:
        server = Postgres(Path(folder))
        server.start()
        server.execute(f"ALTER ROLE {OWN} SUPERUSER", user="postgres")
        try:
            yield server
        finally:
            server.remove()
