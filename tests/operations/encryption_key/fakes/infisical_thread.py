"""The fake Infisical as a thread: its pods start and stop in milliseconds, on a database that is a file."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Mapping
from pathlib import Path
from typing import Any, TypeVar

import httpx2
from aiohttp import web

from sandbox.controlplane.ports import choose
from sandbox.infisical.access.tokens import Tokens
from sandbox.infisical.application import application
from sandbox.infisical.errors import BootError
from sandbox.infisical.fake import FEWEST_ROUNDS
from sandbox.infisical.process import HOST
from sandbox.infisical.server.state import ServerState
from sandbox.infisical.settings import Settings
from sandbox.infisical.storage.clock import Clock
from sandbox.infisical.storage.sqlite import SqliteDatabase
from sandbox.infisical.storage.vault import Vault
from tests.operations.encryption_key.fakes.administrator import FOLDERS, logged_in, set_up
from tests.operations.encryption_key.fakes.memory_infisical import DATABASE

AUTH_SECRET = "auth-secret-of-the-simulated-homelab"

T = TypeVar("T")


class ThreadedInfisical:
    """
    One server. As a context manager it ends with the block.

    :param data: the folder of its database
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._runner: web.AppRunner | None = None
        self.is_running = False
        self._database: SqliteDatabase | None = None
        (self._port,) = choose(1)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self._port}"

    def start(self, encryption_key: str) -> None:
        """Start it, unless it runs. It does not start with a key that cannot read its database."""
        if not self.is_running:
            self._run(self._start(encryption_key))

    def stop(self) -> None:
        if self.is_running:
            self._run(self._stop())

    def fill(self) -> None:
        """Change it by hand, after a first update."""
        with logged_in(self.url) as it:
            it.fill()

    def deliver(self, seeds: Mapping[str, str]) -> dict[str, str]:
        """Create the project and the keys that do not exist, and return the values of all these keys."""
        if not self._is_set_up():
            set_up(self.url)
        with logged_in(self.url) as it:
            return it.deliver(seeds)

    def project_id(self) -> str | None:
        with logged_in(self.url) as it:
            return it.project_id()

    def content(self) -> Mapping[str, Any]:
        """All secrets by folder and name, with comments and metadata."""
        with logged_in(self.url) as it:
            return {f"{environment}:{path}": it.secrets(environment, path) for environment, path in FOLDERS}

    def __enter__(self) -> ThreadedInfisical:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _is_set_up(self) -> bool:
        answer = httpx2.get(f"{self.url}/api/v1/admin/config", verify=False).json()
        return bool(answer["config"]["initialized"])

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()

    async def _start(self, encryption_key: str) -> None:
        self._database, clock = SqliteDatabase(self.data / DATABASE), Clock()
        try:
            vault = Vault.of(self._database, encryption_key, clock)
        except BootError:
            self._database.close()
            return
        settings = Settings(permission_cache_seconds=0, bcrypt_rounds=FEWEST_ROUNDS)
        app = application(ServerState(self._database, vault, clock, Tokens(AUTH_SECRET, clock), settings))
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, self._port).start()
        self.is_running = True

    async def _stop(self) -> None:
        assert self._runner
        assert self._database
        await self._runner.cleanup()
        self._database.close()
        self.is_running = False
