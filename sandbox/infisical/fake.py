"""A fake for one test: real HTTP to its own process; the test controls faults and time."""

from __future__ import annotations

import http.client
import json
import secrets
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sandbox.infisical.process import HOST, TIMEOUT_SECONDS, InfisicalServer
from sandbox.infisical.server.faults import FaultKind
from sandbox.infisical.settings import Settings

# The minimum of bcrypt: nobody attacks these passwords.
FEWEST_ROUNDS = 4
DEFAULT_PERMISSION_CACHE_SECONDS = 10.0


class FakeInfisical:
    """
    A context manager: it starts the fake, and at the end stops it and removes a temporary folder.

    :param directory: the folder of its files; default a temporary one
    :param database: the URI of its data in PostgreSQL; default a file in the folder
    :param permission_cache_seconds: default 10 s, as on the real server
    :param bootstrap_token_max_age: the age in seconds from which the bootstrap token is refused; default 0; None: never
    """

    def __init__(
        self,
        directory: Path | None = None,
        *,
        database: str | None = None,
        permission_cache_seconds: float = DEFAULT_PERMISSION_CACHE_SECONDS,
        bootstrap_token_max_age: float | None = 0.0,
    ) -> None:
        self._database = database
        self._temporary = None if directory else tempfile.TemporaryDirectory(prefix="fake-infisical-")
        self.directory = directory or Path(self._temporary.name if self._temporary else "")
        self._ahead, self._held, self._restarted = 0.0, False, False
        self.encryption_key = secrets.token_hex(16)
        self.auth_secret = secrets.token_urlsafe(32)
        self._given = permission_cache_seconds, bootstrap_token_max_age
        self.server = self._server(*self._given)

    @property
    def url(self) -> str:
        """Without `/api`."""
        if self.server.url is None:
            raise RuntimeError("the fake was never started: use it in a `with` statement")
        return self.server.url

    def start(self, *, encryption_key: str | None = None, auth_secret: str | None = None) -> bool:
        """
        Start it with its own keys by default. True when it was started.

        :raises StartError: it did not start, for example because of a wrong ENCRYPTION_KEY
        """
        started = self.server.start(encryption_key or self.encryption_key, auth_secret or self.auth_secret)
        if started:
            self._control("POST", "clock", {"seconds": self._ahead, "hold": self._held})
        return started

    def stop(self, *, kill: bool = False) -> None:
        self.server.stop(kill=kill)

    def restart(
        self,
        *,
        permission_cache_seconds: float = DEFAULT_PERMISSION_CACHE_SECONDS,
        bootstrap_token_max_age: float | None = 0.0,
        encryption_key: str | None = None,
        auth_secret: str | None = None,
    ) -> None:
        """Restart it on the same data, port and clock, without the faults."""
        self.stop()
        self.server, self._restarted = self._server(permission_cache_seconds, bootstrap_token_max_age), True
        self.start(encryption_key=encryption_key, auth_secret=auth_secret)

    def advance(self, seconds: float) -> None:
        """Let this time pass for the fake."""
        self._ahead += seconds
        self._control("POST", "clock", {"seconds": seconds})

    def hold_clock(self) -> None:
        """From now on time passes by `advance` only."""
        self._held = True
        self._control("POST", "clock", {"hold": True})

    def order(
        self,
        kind: FaultKind,
        *,
        at: int = 1,
        times: int = 1,
        method: str = "*",
        path: str = "*",
        after: bool = False,
        status: int = 500,
        seconds: float = 0.0,
    ) -> None:
        """Order a fault: see `sandbox.infisical.server.faults.Fault`."""
        wanted = {"kind": kind, "at": at, "times": times, "method": method, "path": path}
        self._control("POST", "faults", wanted | {"after": after, "status": status, "seconds": seconds})

    def reset(self) -> None:
        """Reset it to a server that was never set up, with the initial keys and settings. Faster than a new process."""
        self._ahead, self._held = 0.0, False
        if self._restarted:
            self.stop()
            self.server, self._restarted = self._server(*self._given), False
        self.start()
        self.lose_data()

    def lose_data(self) -> None:
        """From now on its database is empty: nobody has set it up."""
        self._control("DELETE", "data")

    def allow_trusted_ips(self) -> None:
        """From now on the server has a plan with IP allowlisting, also after a restart."""
        self._control("POST", "plan", {"features": ["ip_allowlisting"]})

    def clear_faults(self) -> None:
        self._control("DELETE", "faults")

    def requests(self) -> list[dict[str, Any]]:
        """Every API request so far: `method`, `path`, `status` (None before the answer)."""
        found: list[dict[str, Any]] = self._control("GET", "requests")
        return found

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop(kill=True)
        if self._temporary:
            self._temporary.cleanup()

    def _server(self, permission_cache_seconds: float, bootstrap_token_max_age: float | None) -> InfisicalServer:
        settings = Settings(permission_cache_seconds, bootstrap_token_max_age, FEWEST_ROUNDS, control=True)
        return InfisicalServer(self.directory, settings=settings, database=self._database, tethered=True)

    def _control(self, method: str, what: str, body: object = None) -> Any:
        connection = http.client.HTTPConnection(HOST, self.server.port, timeout=TIMEOUT_SECONDS)
        try:
            headers = {"Content-Type": "application/json"}
            connection.request(method, f"/fake/{what}", body=json.dumps(body), headers=headers)
            response = connection.getresponse()
            text = response.read()
        finally:
            connection.close()
        if response.status != http.HTTPStatus.OK:
            message = f"the fake refused {method} /fake/{what}: {response.status}"
            raise RuntimeError(message)
        return json.loads(text)
