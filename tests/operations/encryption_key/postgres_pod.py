"""A real PostgreSQL in place of the chart's pod, and a kubectl that runs there what it would run in the pod."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.homelab.postgres import Postgres

PASSWORD = "canary-of-the-superuser"


@dataclass(frozen=True)
class PostgresPod:
    """
    :param server: lets its superuser in over TCP with a password
    :param folder: for the kubectl
    """

    server: Postgres
    folder: Path

    @property
    def arguments(self) -> Path:
        """The file with what kubectl was given."""
        return self.folder / "arguments"

    def begin_anew(self) -> None:
        """Have the chart's role and database, with one table in it, and nothing else."""
        for name in self.databases():
            self.server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        self.server.execute(f"ALTER USER postgres PASSWORD '{PASSWORD}'")
        self.server.execute("DROP ROLE IF EXISTS infisical; CREATE ROLE infisical LOGIN")
        self.server.execute('CREATE DATABASE "infisicalDB" OWNER infisical')
        self.ask("CREATE TABLE secrets AS SELECT 'old' AS value", database="infisicalDB")

    def ask(self, statement: str, database: str = "postgres") -> list[str]:
        """The lines of what a statement of the superuser gives."""
        return self.server.execute(f'\\c "{database}"\n{statement};').splitlines()

    def databases(self) -> set[str]:
        return set(self.ask("SELECT datname FROM pg_database WHERE NOT datistemplate")) - {"postgres"}

    def client(self, database: str) -> list[str]:
        """The arguments of a client of the superuser's."""
        return [*self.server.psql.split(), "-d", database]

    def kubectl(self) -> Path:
        """A folder for PATH with the kubectl. What runs has the variables that the chart gives to the pod."""
        program = self.folder / "bin" / "kubectl"
        program.parent.mkdir(exist_ok=True)
        path = shlex.quote(f"{self.server.programs}:/usr/bin:/bin")
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$*" >> {shlex.quote(str(self.arguments))}\n'
            'while [ "$1" != -- ]; do shift; done\nshift\n'
            f'exec env -i PATH={path} PGPORT={self.server.port} POSTGRES_POSTGRES_PASSWORD={PASSWORD} "$@"\n'
        )
        program.chmod(0o755)
        return program.parent
