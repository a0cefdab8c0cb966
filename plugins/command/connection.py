"""SSH connections: who, where, which keys, and how often to try."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from typing import Any, TypeVar

import asyncssh

from plugins.command.execution import ConnectionFailed
from plugins.protocol.properties import Properties

FIRST_PAUSE = 0.1
LONGEST_PAUSE = 5.0
PAUSE_GROWTH = 1.5
"""Seconds between tries, and how they grow: those of the official provider."""

Connected = TypeVar("Connected")


@dataclass(frozen=True)
class Target:
    """One host of a connection input; `at` is the input's path, for errors."""

    at: str
    host: str
    port: int
    user: str
    dial_error_limit: int
    dial_timeout: float | None
    password: str | None = field(repr=False)
    private_key: str | None = field(repr=False)
    private_key_password: str | None = field(repr=False)
    agent_socket: str | None
    host_key: str | None

    @property
    def address(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{host}:{self.port}"


def target(connection: Properties, at: str) -> Target:
    """The host that a connection input, or its `proxy`, describes."""
    limit = connection.get("dialErrorLimit")
    timeout = connection.get("perDialTimeout")
    return Target(
        at=at,
        host=connection["host"],
        port=int(connection.get("port") or 22),
        user=connection.get("user") or "root",
        dial_error_limit=10 if limit is None else int(limit),
        dial_timeout=(15 if timeout is None else timeout) or None,
        password=connection.get("password"),
        private_key=connection.get("privateKey"),
        private_key_password=connection.get("privateKeyPassword"),
        agent_socket=connection.get("agentSocketPath") or os.environ.get("SSH_AUTH_SOCK") or None,
        host_key=connection.get("hostKey"),
    )


async def connect(
    host: Target, announce: Callable[[str], Awaitable[None]], tunnel: asyncssh.SSHClientConnection | None = None
) -> asyncssh.SSHClientConnection:
    """
    An open connection; each failed try but the last is announced.

    :raises ConnectionFailed: the inputs are wrong, or every try failed
    """
    async with AsyncExitStack() as agents:
        keys = [*_private_keys(host), *await _agent_keys(host, agents)]
        options: dict[str, Any] = {
            "username": host.user,
            "password": host.password,
            "client_keys": keys or None,
            "known_hosts": None if host.host_key is None else ([_host_key(host, host.host_key)], [], []),
            "connect_timeout": host.dial_timeout,
            # Only what the inputs say: no files, agents or tickets of the user who runs Pulumi.
            "config": None,
            "agent_path": None,
            "gss_host": None,
            "client_host_keysign": False,
            "tunnel": tunnel,
        }
        what = "Dial proxy" if host.at.endswith("proxy") else "Dial"
        return await _retry(lambda: _dial(host, options, len(keys)), host.dial_error_limit, announce, what)


async def _dial(host: Target, options: Mapping[str, Any], keys: int) -> asyncssh.SSHClientConnection:
    client = _Client()
    try:
        return await asyncssh.connect(host.host, host.port, client_factory=lambda: client, **options)
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed) as error:
        message = _broken(host, error) if host.host_key is None else _host_key_refused(host, client.shown)
        raise ConnectionFailed(message) from error
    except asyncssh.PermissionDenied as error:
        raise ConnectionFailed(_user_refused(host, keys)) from error
    except TimeoutError as error:
        message = f"dial tcp {host.address}: no answer within {host.dial_timeout} s ({host.at}.perDialTimeout)"
        raise ConnectionFailed(message) from error
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno and error.errno > 0 else str(error)
        message = f"dial tcp {host.address}: connect: {reason}"
        raise ConnectionFailed(message) from error
    except asyncssh.Error as error:
        raise ConnectionFailed(_broken(host, error)) from error


async def _retry(
    dial: Callable[[], Awaitable[Connected]], limit: int, announce: Callable[[str], Awaitable[None]], what: str
) -> Connected:
    failed, pause = 0, FIRST_PAUSE
    while True:
        try:
            return await dial()
        except ConnectionFailed as error:
            # The limit counts the failures that are forgiven; -1 forgives all.
            if -1 < limit <= failed:
                message = f"after {failed} failed attempts: {error}"
                raise ConnectionFailed(message) from error
            failed += 1
            await announce(f"{what} {failed}/{'inf' if limit == -1 else limit} failed: retrying")
        await asyncio.sleep(pause)
        pause = min(pause * PAUSE_GROWTH, LONGEST_PAUSE)


class _Client(asyncssh.SSHClient):
    """Remembers the host key that was not the expected one."""

    shown: asyncssh.SSHKey | None = None

    def validate_host_public_key(self, host: str, addr: str, port: int, key: asyncssh.SSHKey) -> bool:
        self.shown = key
        return False


def _private_keys(host: Target) -> list[asyncssh.SSHKey]:
    if host.private_key is None:
        return []
    try:
        return [asyncssh.import_private_key(host.private_key, host.private_key_password)]
    except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError) as error:
        message = (
            f"{host.at}.privateKey: cannot be read: {error}; it must be a private key in PEM or OpenSSH form,"
            f" with its passphrase in {host.at}.privateKeyPassword where it has one"
        )
        raise ConnectionFailed(message) from error


async def _agent_keys(host: Target, agents: AsyncExitStack) -> list[Any]:
    """The keys of the host's agent, which signs with them until `agents` is left."""
    if host.agent_socket is None:
        return []
    try:
        agent = await agents.enter_async_context(await asyncssh.connect_agent(host.agent_socket))
        return list(await agent.get_keys())
    except (OSError, asyncssh.Error, ValueError) as error:
        message = (
            f"dial unix {host.agent_socket}: no SSH agent answers there;"
            f" start one, or mend {host.at}.agentSocketPath or the variable SSH_AUTH_SOCK"
        )
        raise ConnectionFailed(message) from error


def _host_key(host: Target, text: str) -> asyncssh.SSHKey:
    try:
        return asyncssh.import_public_key(text)
    except asyncssh.KeyImportError as error:
        message = (
            f"{host.at}.hostKey: cannot be read: {error};"
            f" it must be a line as `ssh-keyscan {host.host}` prints, without the host: `ssh-ed25519 AAAA…`"
        )
        raise ConnectionFailed(message) from error


def _broken(host: Target, error: asyncssh.Error) -> str:
    return f"ssh {host.address}: handshake failed: {error.reason}"


def _host_key_refused(host: Target, shown: asyncssh.SSHKey | None) -> str:
    seen = f"its key is {shown.get_algorithm()} {shown.get_fingerprint()}" if shown else "it has no key of that kind"
    return (
        f"ssh {host.address}: handshake failed: host key mismatch: {seen}, not the one in {host.at}.hostKey;"
        f" if the host was set up anew, put its new key there, else something else answers in its place"
    )


def _user_refused(host: Target, keys: int) -> str:
    tried: Mapping[str, bool] = {f"{keys} key(s)": bool(keys), "the password": host.password is not None}
    offered = " and ".join(name for name, given in tried.items() if given) or "no key and no password"
    return (
        f"ssh {host.address}: handshake failed: unable to authenticate user {host.user!r} with {offered};"
        f" check {host.at}.user, {host.at}.password and {host.at}.privateKey"
    )
