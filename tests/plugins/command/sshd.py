"""A real SSH server on loopback, in this process, that runs commands with the machine's shell."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import asyncssh

from plugins.protocol.properties import Properties

USER = "tester"
PASSWORD = "throwaway-password"


@dataclass
class Host:
    """A server: what clients need to know, and who came."""

    port: int = 0
    host_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    user_key: asyncssh.SSHKey = field(default_factory=lambda: asyncssh.generate_private_key("ssh-ed25519"))
    logins: int = 0
    tunnels: list[int] = field(default_factory=list)
    refused_connections: int = 0
    """How many connections it drops before it takes one."""

    @property
    def host_key_line(self) -> str:
        return self.host_key.export_public_key().decode()

    def connection(self, **changes: object) -> Properties:
        """A connection input by password; a change to None leaves a field away."""
        given = {
            "host": "127.0.0.1",
            "port": self.port,
            "user": USER,
            "password": PASSWORD,
            "dialErrorLimit": 0,
            "perDialTimeout": 15,
            **changes,
        }
        return {name: value for name, value in given.items() if value is not None}


class _Server(asyncssh.SSHServer):
    def __init__(self, host: Host) -> None:
        self._host = host

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._host.logins += 1
        if self._host.refused_connections:
            self._host.refused_connections -= 1
            conn.abort()

    def password_auth_supported(self) -> bool:
        return True

    def validate_password(self, username: str, password: str) -> bool:
        return (username, password) == (USER, PASSWORD)

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return username == USER and key == self._host.user_key.convert_to_public()

    def connection_requested(self, dest_host: str, dest_port: int, orig_host: str, orig_port: int) -> bool:
        self._host.tunnels.append(dest_port)
        return True


async def _run(process: asyncssh.SSHServerProcess[bytes]) -> None:
    child = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        process.command or "",
        env={**os.environ, **process.env},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    transfers = [
        asyncio.create_task(_copy(child.stdout, process.stdout)),
        asyncio.create_task(_copy(child.stderr, process.stderr)),
    ]
    feed = asyncio.create_task(_copy(process.stdin, child.stdin))
    closed = asyncio.create_task(process.wait_closed())
    done = asyncio.gather(*transfers, child.wait())
    await asyncio.wait([done, closed], return_when=asyncio.FIRST_COMPLETED)
    if done.done():
        code = done.result()[-1]
        if code < 0:
            process.exit_with_signal("TERM")
        else:
            process.exit(code)
    else:
        child.kill()
    await asyncio.wait([done, closed])
    feed.cancel()


async def _copy(reader: Any, writer: Any) -> None:
    with contextlib.suppress(ConnectionError, asyncssh.Error):
        while chunk := await reader.read(65536):
            writer.write(chunk)
            await writer.drain()
        if isinstance(writer, asyncio.StreamWriter):
            writer.close()


@asynccontextmanager
async def ssh_host() -> AsyncIterator[Host]:
    host = Host()
    options: dict[str, Any] = {"encoding": None, "config": None}
    listener = await asyncssh.listen(
        "127.0.0.1",
        0,
        server_factory=lambda: _Server(host),
        server_host_keys=[host.host_key],
        process_factory=_run,
        **options,
    )
    host.port = listener.get_port()
    try:
        yield host
    finally:
        listener.close()
        await listener.wait_closed()
