"""Starts and stops the process of the fake."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import os
import sys
from pathlib import Path

from sandbox.controlplane.ports import choose, is_free
from sandbox.infisical.keys import Keys, write_keys
from sandbox.infisical.settings import Settings
from tooling.private_file import write_private
from tooling.processes.process import Process

NAME = "fake-infisical"
HOST = "127.0.0.1"
START_SECONDS = 30.0
TIMEOUT_SECONDS = 5.0
SALT_BYTES = 16
LOG_BYTES = 4096
MAIN = Path(__file__).with_name("__main__.py")


class InfisicalServer:
    """
    One fake Infisical with all its files in one folder.

    :param directory: created with mode 0700; contains `data/`, its log and its record
    :param port: on loopback; 0 takes a free one at the first start and keeps it
    :param settings: how it behaves
    :param database: the URI of its data in PostgreSQL, without a password; default a file in `data/`
    :param tethered: it ends with this process, even if this process is killed; otherwise it runs until `stop`
    """

    def __init__(
        self,
        directory: Path,
        port: int = 0,
        *,
        settings: Settings | None = None,
        database: str | None = None,
        tethered: bool = False,
    ) -> None:
        self.directory = directory.absolute()
        self.data = self.directory / "data"
        self._given_port = port
        self._settings = settings or Settings()
        self._database = database
        self._process = Process(NAME, self.directory, tethered=tethered)
        self._port_file = self.directory / "port"
        self._fingerprint = self.directory / "fingerprint"

    @property
    def running(self) -> bool:
        """Whether it runs with its database. PostgreSQL's port changes when another program has taken it."""
        record = self._process.running()
        return record is not None and (self._database is None or self._database_argument in record.argv)

    @property
    def pid(self) -> int | None:
        return self._process.pid

    @property
    def port(self) -> int | None:
        """None before the first start."""
        if self._given_port:
            return self._given_port
        try:
            return int(self._port_file.read_text())
        except FileNotFoundError:
            return None

    @property
    def url(self) -> str | None:
        """None before the first start."""
        return f"http://{HOST}:{self.port}" if self.port else None

    @property
    def log(self) -> Path:
        return self._process.log

    def start(self, encryption_key: str, auth_secret: str) -> bool:
        """
        Start it, unless it runs with these keys and settings, and wait until it answers. True when it was started.

        :raises StartError: it did not start: a wrong ENCRYPTION_KEY, a port in use. The data are as they were.
        """
        keys = Keys(encryption_key, auth_secret)
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.running and not self._runs_with(keys):
            self.stop()
        port, keys_file = self._keep_port(), self.directory / "keys"
        argv = [sys.executable, str(MAIN), f"--data={self.data}", f"--port={port}", f"--keys={keys_file}"]
        if self._database:
            argv.append(self._database_argument)
        try:
            write_keys(keys_file, keys)
            started = self._process.start([*argv, *self._settings.arguments()])
            self._process.wait_until(lambda: self._listens() and _answers(port), "answering", START_SECONDS)
        except BaseException:
            self.stop()
            raise
        finally:
            # The server has read it, or never will.
            keys_file.unlink(missing_ok=True)
        self._remember(keys)
        return started

    def stop(self, *, kill: bool = False) -> bool:
        """Stop it and keep the data. True if it ran."""
        ran = self.pid is not None
        self._process.stop(kill=kill)
        return ran

    @property
    def _database_argument(self) -> str:
        return f"--database={self._database}"

    def _keep_port(self) -> int:
        port = self.port
        if not self._given_port and (port is None or not (self.pid or is_free(port))):
            port = choose(1)[0]
            write_private(self._port_file, str(port))
        assert port is not None, "it was given or chosen"
        return port

    def _listens(self) -> bool:
        """Whether its log says that it listens. An answer proves nothing: another program may use the port."""
        try:
            with self.log.open("rb") as log:
                return b" listens on " in log.read(LOG_BYTES)
        except FileNotFoundError:
            return False

    def _remember(self, keys: Keys) -> None:
        """Keep only what identifies the keys."""
        salt = os.urandom(SALT_BYTES)
        write_private(self._fingerprint, salt + _digest(keys, salt))

    def _runs_with(self, keys: Keys) -> bool:
        try:
            kept = self._fingerprint.read_bytes()
        except FileNotFoundError:
            return False
        return hmac.compare_digest(kept[SALT_BYTES:], _digest(keys, kept[:SALT_BYTES]))


def _digest(keys: Keys, salt: bytes) -> bytes:
    text = json.dumps([keys.encryption_key, keys.auth_secret]).encode()
    return hashlib.scrypt(text, salt=salt, n=2**12, r=8, p=1)


def _answers(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=TIMEOUT_SECONDS)
    try:
        connection.request("GET", "/api/status")
        return connection.getresponse().status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
