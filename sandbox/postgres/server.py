"""Starts and stops a PostgreSQL server, and runs statements in it."""

from __future__ import annotations

import os
import shlex
import shutil
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import psutil

from sandbox.controlplane.ports import keep_port
from sandbox.postgres.launch import SUPERUSER
from sandbox.postgres.logins import HOST, Logins
from sandbox.postgres.programs import programs
from tooling.errors import ToolingError
from tooling.processes.family import kill_family
from tooling.processes.process import Process

NAME = "postgresql"
START_SECONDS = 60.0
LAUNCH = Path(__file__).with_name("launch.py")
SETTINGS = {
    "listen_addresses": HOST,
    # Sockets need short paths. Clients use TCP, with a password.
    "unix_socket_directories": "",
    "max_connections": "20",
    "shared_buffers": "16MB",
    # Data survive a killed process but not a power cut, which is enough for a sandbox.
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Not the errors of statements: their messages may contain a value. PostgreSQL's own messages are of level `log`.
    "log_min_messages": "log",
}


class PostgresError(ToolingError):
    """A statement failed."""


class Postgres:
    """
    One server with its files in one folder. Each login needs a password.

    :param directory: created with mode 0700
    :param database: created by the start if it does not exist
    :param owner: its owner, a user who may do nothing else
    :param tethered: it ends with this process, even if this process is killed; otherwise it runs until `stop`
    """

    def __init__(self, directory: Path, *, database: str, owner: str, tethered: bool = False) -> None:
        self.directory = directory.absolute()
        self.database = database
        self.owner = owner
        self._data = self.directory / "data"
        self._port_file = self.directory / "port"
        self._logins = Logins(self.directory / "passwords")
        self._process = Process(NAME, self.directory, tethered=tethered, ending=signal.SIGINT)

    @property
    def pid(self) -> int | None:
        """None if it does not run."""
        return self._process.pid

    @property
    def log(self) -> Path:
        return self._process.log

    @property
    def programs(self) -> Path:
        """The folder with `psql` and `pg_dump`."""
        return programs()

    @property
    def port(self) -> int:
        """
        On loopback; the same in every start, unless another program has taken it.

        :raises FileNotFoundError: it was never started
        """
        return int(self._port_file.read_text())

    @property
    def passwords(self) -> Path:
        """The file with the generated passwords, in libpq's format; it exists after the first start."""
        return self._logins.path

    def password(self, user: str = SUPERUSER) -> str:
        """
        The password that was generated for the superuser or the owner.

        :raises FileNotFoundError: it was never started
        """
        return self._logins.password(user)

    def uri(self, database: str | None = None, user: str | None = None) -> str:
        """Return the address for a client that runs as this user; by default the owner's of the database."""
        return self._logins.uri(self.port, user or self.owner, database or self.database)

    def psql(self, database: str = "postgres", user: str = SUPERUSER) -> list[str]:
        """The command line of a client, which is logged in and ends at the first error."""
        options = ["-qXAt", "--no-password", "--set=ON_ERROR_STOP=1", "--set=VERBOSITY=terse"]
        return [str(self.programs / "psql"), *options, self.uri(database, user)]

    def shell(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """The same as `psql`, for a shell."""
        return shlex.join(self.psql(database, user))

    def execute(self, statements: str, database: str = "postgres", user: str = SUPERUSER) -> str:
        """
        Run statements and return their output. They are no process arguments.

        :raises PostgresError: one failed
        """
        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        done = subprocess.run(
            self.psql(database, user), env=environment, input=statements, text=True, capture_output=True, check=False
        )
        if done.returncode:
            message = f"A statement failed in the database {database}: {done.stderr.strip()}\n  Log: {self.log}"
            raise PostgresError(message)
        return done.stdout.strip()

    def start(self) -> bool:
        """Start it unless it runs. True if it was started. Does not wait: see `wait`."""
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._logins.ensure([SUPERUSER, self.owner])
        port = keep_port(self._port_file, is_ours=self.pid is not None)
        if self.pid is None:
            self._end_children()
        options = [f"--{name}={value}" for name, value in {**SETTINGS, "port": str(port)}.items()]
        launch = [sys.executable, "-I", "-S", str(LAUNCH)]
        return self._process.start([*launch, str(self.programs), str(self._data), str(self._logins.path), *options])

    def wait(self) -> None:
        """
        Wait until it accepts logins and has the database.

        :raises StartError: it did not start
        """
        ready = "database system is ready to accept connections"
        self._process.wait_until(lambda: self._process.said(ready), "ready", START_SECONDS)
        self.execute("\n".join(self._missing()), user=SUPERUSER)

    def clear(self) -> None:
        """Remove every database but the superuser's, and create an empty one."""
        found = self.execute("SELECT datname FROM pg_database WHERE NOT datistemplate AND datname != 'postgres'")
        drops = [f'DROP DATABASE "{name}" WITH (FORCE);' for name in found.splitlines()]
        self.execute("\n".join([*drops, *self._missing()]), user=SUPERUSER)

    def stop(self, *, kill: bool = False) -> bool:
        """Stop it and keep the data; clients are disconnected. True if it ran."""
        pid = self.pid
        if kill and pid is not None:
            kill_family(pid)
        self._process.stop(kill=kill)
        self._end_children()
        return pid is not None

    def remove(self) -> None:
        """Kill it and remove every file."""
        self.stop(kill=True)
        shutil.rmtree(self.directory, ignore_errors=True)

    def _missing(self) -> Sequence[str]:
        """The statements that create the owner and the database unless they exist."""
        user = f"SELECT FROM pg_roles WHERE rolname = '{self.owner}'"
        database = f"SELECT FROM pg_database WHERE datname = '{self.database}'"
        create = f"CREATE ROLE \"{self.owner}\" LOGIN PASSWORD ''{self.password(self.owner)}''"
        return [
            f"SELECT '{create}' WHERE NOT EXISTS ({user}) \\gexec",
            f'SELECT \'CREATE DATABASE "{self.database}" OWNER "{self.owner}"\' WHERE NOT EXISTS ({database}) \\gexec',
        ]

    def _end_children(self) -> None:
        """
        Kill what a killed server has left. Its children end by themselves, and until then no other one can start.

        Then nothing uses the data, even if a different process has the pid in its lock file now.
        """
        lock = self._data / "postmaster.pid"
        if not lock.exists():
            return
        program = str((self.programs / "postgres").resolve())
        for process in psutil.process_iter():
            with suppress(psutil.Error, FileNotFoundError):
                if process.exe() == program and Path(process.cwd()) == self._data.resolve():
                    kill_family(process.pid)
        lock.unlink(missing_ok=True)
