"""
The sandbox's fake Infisical: `python -m sandbox.infisical --data DIR --port N`.

Not Infisical: a small server with the same API, for machines where the real one cannot run. It listens on loopback
only. ENCRYPTION_KEY and AUTH_SECRET come from the environment or from a private file, never from the arguments.
"""

from __future__ import annotations

import argparse
import asyncio
import fcntl
import logging
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if not __package__:
    # Run as a file: this folder's modules must not pass for top-level ones.
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from sandbox.infisical.errors import BootError
from sandbox.infisical.keys import Keys, read_keys
from sandbox.infisical.settings import NEVER, Settings

if TYPE_CHECKING:
    from aiohttp import web

    from sandbox.infisical.storage.database import Database

HOST = "127.0.0.1"
DATABASE = "infisical.db"
SHUTDOWN_SECONDS = 0.2
NAME = "fake Infisical (sandbox; this is not Infisical)"


def main() -> int:
    """The exit code."""
    arguments = _parser().parse_args()
    settings = Settings(
        permission_cache_seconds=arguments.permission_cache,
        bootstrap_token_max_age=arguments.bootstrap_token_max_age,
        bcrypt_rounds=arguments.bcrypt_rounds,
        control=arguments.control,
    )
    logging.basicConfig(stream=sys.stdout, level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    try:
        app = _application(arguments.data, arguments.database, read_keys(arguments.keys), settings)
    except BootError as error:
        print(f"{NAME} cannot start: {error}", file=sys.stderr)
        return 1
    try:
        asyncio.run(_serve(app, arguments.port))
    except OSError as error:
        print(f"{NAME} cannot listen on {HOST}:{arguments.port}: {error.strerror}", file=sys.stderr)
        return 1
    return 0


def _application(data: Path, uri: str | None, keys: Keys, settings: Settings) -> web.Application:
    """
    :raises BootError: another fake Infisical has the folder, the database does not answer, or the data were written
        with another key
    """
    # Imported lazily: the keys are checked before anything heavy is loaded.
    from sandbox.infisical.access.tokens import Tokens
    from sandbox.infisical.application import add_control, application
    from sandbox.infisical.server.state import ServerState
    from sandbox.infisical.storage.clock import Clock
    from sandbox.infisical.storage.vault import Vault

    data.mkdir(mode=0o700, parents=True, exist_ok=True)
    _lock(data / "lock")
    database, clock = _database(data, uri), Clock()
    vault = Vault.of(database, keys.encryption_key, clock)
    state = ServerState(database, vault, clock, Tokens(keys.auth_secret, clock), settings)
    app = application(state)
    if settings.control:
        add_control(app, state)
    return app


def _database(data: Path, uri: str | None) -> Database:
    if uri is None:
        from sandbox.infisical.storage.sqlite import SqliteDatabase

        return SqliteDatabase(data / DATABASE)
    from sandbox.infisical.storage.postgresql import PostgresDatabase

    return PostgresDatabase(uri)


async def _serve(app: web.Application, port: int) -> None:
    from aiohttp import web

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_SECONDS)
    await runner.setup()
    try:
        await web.TCPSite(runner, HOST, port).start()
        print(f"{NAME} listens on http://{HOST}:{runner.addresses[0][1]}", flush=True)
        await stop.wait()
    finally:
        await runner.cleanup()


def _lock(path: Path) -> None:
    """The kernel releases it when this process ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        message = f"another fake Infisical is running on the data in {path.parent}: stop it first"
        raise BootError(message) from error


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m sandbox.infisical", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of its data")
    parser.add_argument("--database", metavar="URI", help="of PostgreSQL, without a password; default a file in --data")
    parser.add_argument("--port", type=int, required=True, help="on loopback; 0 takes a free one")
    parser.add_argument("--keys", type=Path, help="file (mode 0600) with ENCRYPTION_KEY=… and AUTH_SECRET=…")
    parser.add_argument("--permission-cache", type=float, default=10.0, metavar="SECONDS")
    parser.add_argument(
        "--bootstrap-token-max-age",
        type=lambda text: None if text == NEVER else float(text),
        default=0.0,
        metavar="SECONDS",
        help=f"refuse the token after this time; {NEVER!r} accepts it always, as some servers do",
    )
    parser.add_argument("--bcrypt-rounds", type=int, default=10)
    parser.add_argument("--control", action="store_true", help="open the control endpoints; for tests only")
    return parser


if __name__ == "__main__":
    sys.exit(main())
