"""Sets Infisical's database aside under a different name and restores it. It is never dropped."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from declaration import DatabaseCommands
from declaration.objects import INFISICAL_NAMESPACE, POSTGRESQL
from operations.encryption_key.cluster import Cluster
from operations.encryption_key.errors import StepFailed
from tooling.private_file import open_log

NAME: Final = "infisicalDB"
OWNER: Final = "infisical"
POD: Final = f"{POSTGRESQL}-0"
ROTATION: Final = "HOMELAB_ROTATION"
"""The environment variable with the ID of the rotation, for the names that the owner's commands choose."""


SUPERUSER: Final = (
    'file="${POSTGRES_POSTGRES_PASSWORD_FILE:-/opt/bitnami/postgresql/secrets/postgres-password}"',
    'export PGPASSWORD="${POSTGRES_POSTGRES_PASSWORD:-$(cat "$file")}"',
)
"""Lines of a shell in the bundled database's pod: the password of `postgres`, from a variable or a file."""


class Database(Protocol):
    """Infisical's database. No pod of Infisical uses it. Both methods do nothing if they were called before."""

    def set_aside(self) -> None:
        """
        Rename the database, and create an empty one with its name.

        :raises StepFailed: the owner's command failed
        """

    def restore(self) -> None:
        """
        Give the old database its name back, and keep the new one under a different name.

        :raises StepFailed: the owner's command failed
        """


@dataclass(frozen=True)
class BundledDatabase:
    """The chart's own PostgreSQL. The name of the database that is set aside ends with `rotation`."""

    cluster: Cluster
    rotation: str

    def set_aside(self) -> None:
        self._run(set_aside_script(self.rotation))

    def restore(self) -> None:
        self._run(restore_script(self.rotation))

    def _run(self, script: str) -> None:
        # The script goes in through stdin, and the password comes from the pod's environment: neither is an argument.
        self.cluster.kubectl.run(
            "exec", "-i", f"--namespace={INFISICAL_NAMESPACE}", POD, "--", "sh", "-s", given=script
        )


@dataclass(frozen=True)
class OwnersDatabase:
    """A database that the owner's commands set aside and restore. Their output is appended to `log`."""

    commands: DatabaseCommands
    rotation: str
    log: Path

    def set_aside(self) -> None:
        self._run(self.commands.set_aside, "setAside")

    def restore(self) -> None:
        self._run(self.commands.restore, "restore")

    def _run(self, command: str, field: str) -> None:
        with open_log(self.log) as log:
            done = subprocess.run(
                ["/bin/sh", "-c", command],
                env={**os.environ, ROTATION: self.rotation},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                check=False,
            )
        if done.returncode:
            what = f"The command homelab:infisical.database.{field} failed"
            raise StepFailed(
                what,
                found=f"exit code {done.returncode}; its output is at the end of {self.log}",
                expected="exit code 0, also if there is nothing left to do",
                fix=f"correct it with `pulumi config set --path homelab:infisical.database.{field} COMMAND`",
            )


def set_aside_script(rotation: str) -> str:
    """Return a script for a shell in the pod of the bundled database."""
    aside = f"{NAME}_{rotation}"
    return _script(
        _unless(aside, f'ALTER DATABASE "{NAME}" RENAME TO "{aside}"'),
        _unless(NAME, f'CREATE DATABASE "{NAME}" OWNER "{OWNER}"'),
    )


def restore_script(rotation: str) -> str:
    """Return a script for a shell in the pod of the bundled database. It keeps the new database as `…_undone`."""
    aside = f"{NAME}_{rotation}"
    exists = f"EXISTS (SELECT FROM pg_database WHERE datname = '{aside}')"
    return _script(
        f'SELECT \'ALTER DATABASE "{NAME}" RENAME TO "{aside}_undone"\' WHERE {exists} '
        f"AND EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}') \\gexec",
        f'SELECT \'ALTER DATABASE "{aside}" RENAME TO "{NAME}"\' WHERE {exists} \\gexec',
    )


def _unless(name: str, statement: str) -> str:
    return f"SELECT '{statement}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec"


def _script(*statements: str) -> str:
    # Infisical's own user may not rename or create databases. `postgres` may.
    return "\n".join(
        (
            "set -eu",
            *SUPERUSER,
            "psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --host=127.0.0.1 --username=postgres postgres <<'SQL'",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE '{NAME}%' \\g /dev/null",
            *statements,
            "SQL",
            "",
        )
    )
