"""A real PostgreSQL in place of the chart's pod, and a fake kubectl whose `exec` runs there."""

from __future__ import annotations

import shlex
from dataclasses import dataclass
from pathlib import Path

from tests.homelab.postgres import OWN, Postgres

PASSWORD = "canary-of-the-superuser"


@dataclass(frozen=True)
class PostgresPod:
    """
    :param server: its superuser logs in over TCP with a password
    :param folder: contains the fake kubectl
    """

    server: Postgres
    folder: Path

    @property
    def arguments(self) -> Path:
        """The file with all arguments of kubectl."""
        return self.folder / "arguments"

    def reset(self) -> None:
        """Create the chart's role and database with one table, and remove everything else."""
        for name in self.databases():
            self.server.execute(f'DROP DATABASE "{name}" WITH (FORCE)')
        self.server.execute(f"ALTER USER postgres PASSWORD '{PASSWORD}'")
        self.server.execute("DROP ROLE IF EXISTS infisical; CREATE ROLE infisical LOGIN")
        self.server.execute('CREATE DATABASE "infisicalDB" OWNER infisical')
        self.ask("CREATE TABLE secrets AS SELECT 'old' AS value", database="infisicalDB")

    def ask(self, statement: str, database: str = "postgres") -> list[str]:
        """Run a statement as the superuser, and return the lines of its result."""
        return self.server.execute(f'\\c "{database}"\n{statement};').splitlines()

    def databases(self) -> set[str]:
        return set(self.ask("SELECT datname FROM pg_database WHERE NOT datistemplate")) - {"postgres", OWN}

    def client(self, database: str) -> list[str]:
        """The command line of a client that is logged in as the superuser."""
        return self.server.psql(database)

    def kubectl(self, **variables: str) -> Path:
        """
        Create the fake kubectl, whose `exec` sets the variables of the pod, and return its folder for PATH.

        :param variables: in addition to the superuser's password
        """
        others = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items() if value)
        program = self.folder / "bin" / "kubectl"
        program.parent.mkdir(exist_ok=True)
        path = shlex.quote(f"{self.server.programs}:/usr/bin:/bin")
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$*" >> {shlex.quote(str(self.arguments))}\n'
            'while [ "$1" != -- ]; do shift; done\nshift\n'
            f'exec env -i PATH={path} PGPORT={self.server.port} POSTGRES_POSTGRES_PASSWORD={PASSWORD} {others} "$@"\n'
        )
        program.chmod(0o755)
        return program.parent
