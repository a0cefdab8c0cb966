"""Infisical's database, set aside under another name and put back: never dropped, and each as often as one likes."""

from __future__ import annotations

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Protocol

from declaration import DatabaseCommands
from declaration.objects import INFISICAL_NAMESPACE, POSTGRESQL
from operations.encryption_key.cluster import Cluster
from operations.encryption_key.errors import ClusterFailed
from tooling.private_file import open_log

NAME: Final = "infisicalDB"
OWNER: Final = "infisical"
POD: Final = f"{POSTGRESQL}-0"
ROTATION: Final = "HOMELAB_ROTATION"
"""The environment variable that tells the owner's commands the rotation's id: to name what they set aside."""


class Database(Protocol):
    """Infisical's database, while no pod of Infisical uses it."""

    def set_aside(self) -> None:
        """
        Leave Infisical an empty database, the old one beside it; done already, nothing.

        :raises ClusterFailed: a command of the owner failed
        :raises ToolingError: kubectl or PostgreSQL's own program failed
        """

    def restore(self) -> None:
        """
        Put the old one back, the new one beside it; not set aside, nothing.

        :raises ClusterFailed: a command of the owner failed
        :raises ToolingError: kubectl or PostgreSQL's own program failed
        """


@dataclass(frozen=True)
class BundledDatabase:
    """The chart's own PostgreSQL. `rotation` is the id that what is set aside is named by."""

    cluster: Cluster
    rotation: str

    def set_aside(self) -> None:
        self._run(set_aside_script(self.rotation))

    def restore(self) -> None:
        self._run(restore_script(self.rotation))

    def _run(self, script: str) -> None:
        # By stdin, and the password from the pod's own environment: neither is an argument.
        self.cluster.kubectl.run(
            "exec", "-i", f"--namespace={INFISICAL_NAMESPACE}", POD, "--", "sh", "-s", given=script
        )


@dataclass(frozen=True)
class OwnersDatabase:
    """A database that the owner's own commands set aside and restore; what they print goes to `log`."""

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
            message = (
                f"the command homelab:infisical.database.{field} ended with exit code {done.returncode}; what it said "
                f"is at the end of {self.log}. Mend it (`pulumi config set --path`), then run the command again, or "
                "with --undo."
            )
            raise ClusterFailed(message)


def set_aside_script(rotation: str) -> str:
    """For a shell in the bundled database's pod."""
    aside = f"{NAME}_{rotation}"
    return _script(
        _unless(aside, f'ALTER DATABASE "{NAME}" RENAME TO "{aside}"'),
        _unless(NAME, f'CREATE DATABASE "{NAME}" OWNER "{OWNER}"'),
    )


def restore_script(rotation: str) -> str:
    """For a shell in the bundled database's pod. The new database stays, too, as what the undone rotation left."""
    aside = f"{NAME}_{rotation}"
    there = f"EXISTS (SELECT FROM pg_database WHERE datname = '{aside}')"
    return _script(
        f'SELECT \'ALTER DATABASE "{NAME}" RENAME TO "{aside}_undone"\' WHERE {there} '
        f"AND EXISTS (SELECT FROM pg_database WHERE datname = '{NAME}') \\gexec",
        f'SELECT \'ALTER DATABASE "{aside}" RENAME TO "{NAME}"\' WHERE {there} \\gexec',
    )


def _unless(name: str, statement: str) -> str:
    return f"SELECT '{statement}' WHERE NOT EXISTS (SELECT FROM pg_database WHERE datname = '{name}') \\gexec"


def _script(*statements: str) -> str:
    # The pod's user may not rename and create databases; `postgres` may, and a file or a variable holds its password.
    return "\n".join(
        (
            "set -eu",
            'file="${POSTGRES_POSTGRES_PASSWORD_FILE:-/opt/bitnami/postgresql/secrets/postgres-password}"',
            'export PGPASSWORD="${POSTGRES_POSTGRES_PASSWORD:-$(cat "$file")}"',
            "psql --quiet --no-psqlrc --set=ON_ERROR_STOP=1 --host=127.0.0.1 --username=postgres postgres <<'SQL'",
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname LIKE '{NAME}%' \\g /dev/null",
            *statements,
            "SQL",
            "",
        )
    )
