"""Commands on other machines, over SSH."""

from __future__ import annotations

import asyncio
import signal as signals
from collections.abc import Mapping
from contextlib import AsyncExitStack

import asyncssh
from asyncssh.packet import String

from plugins.command.connection import connect, target
from plugins.command.execution import CommandFailed, ConnectionFailed, Execution
from plugins.command.output import Stream
from plugins.protocol.properties import Properties

WINDOW = 2 * 1024 * 1024
PACKET = 32 * 1024


class _Refused(Exception):
    """The server does not take the variable `name`."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class _Channel(asyncssh.SSHClientChannel[bytes]):
    """
    A channel that sees whether the server takes the command's variables.

    The library sends them without asking for an answer: a command would run without them and nobody would know.

    :param required: variables that must be taken
    :param wanted: variables that may be refused; `refused` names those that were
    """

    def __init__(
        self, connection: asyncssh.SSHClientConnection, required: Mapping[bytes, bytes], wanted: Mapping[bytes, bytes]
    ) -> None:
        super().__init__(connection, asyncio.get_running_loop(), "strict", None, "strict", WINDOW, PACKET)
        self._required = required
        self._wanted = wanted
        self.refused: list[str] = []

    async def _make_request(self, request: bytes, *args: bytes) -> bool | None:
        if request == b"exec":
            for name, value in {**self._required, **self._wanted}.items():
                if await super()._make_request(b"env", String(name), String(value)):
                    continue
                if name in self._required:
                    raise _Refused(name.decode())
                self.refused.append(name.decode())
        return await super()._make_request(request, *args)


class _Session(asyncssh.SSHClientSession[bytes]):
    """Queues what arrives, then None; `ending` is how the command ended, in Go's words: "" for well, None for not."""

    def __init__(self) -> None:
        self.arrived: asyncio.Queue[tuple[Stream, bytes] | None] = asyncio.Queue()
        self.ending: str | None = None

    def data_received(self, data: bytes, datatype: int | None) -> None:
        stream: Stream = "stderr" if datatype == asyncssh.EXTENDED_DATA_STDERR else "stdout"
        self.arrived.put_nowait((stream, data))

    def exit_status_received(self, status: int) -> None:
        self.ending = f"Process exited with status {status}" if status else ""

    def exit_signal_received(self, signal: str, core_dumped: bool, msg: str, lang: str) -> None:
        number = getattr(signals, f"SIG{signal}", 0)
        reason = f". Reason was: {msg}" if msg else ""
        self.ending = f"Process exited with status {128 + number} from signal {signal}{reason}"

    def connection_lost(self, exc: Exception | None) -> None:
        # A command may end the connection itself, as a restart of the machine does: once it has ended, that counts.
        if self.ending is None:
            broken = f": the connection broke: {exc}" if exc else ""
            self.ending = f"wait: remote command exited without exit status or exit signal{broken}"
        self.arrived.put_nowait(None)


async def run_remote(execution: Execution) -> Properties:
    """
    Run to the end.

    :returns: no outputs beside what was printed
    :raises ConnectionFailed: the command did not come to run
    :raises CommandFailed: it ended with another code than 0
    """
    connection = execution.inputs["connection"]
    announce = execution.output.announce
    async with AsyncExitStack() as open_connections:
        tunnel = None
        if proxy := connection.get("proxy"):
            tunnel = await connect(target(proxy, "connection.proxy"), announce)
            await open_connections.enter_async_context(tunnel)
        client = await connect(target(connection, "connection"), announce, tunnel)
        await open_connections.enter_async_context(client)

        session = _Session()
        channel = _Channel(client, execution.environment, execution.previous_output)
        try:
            await channel.create(
                lambda: session,
                execution.command.decode(),
                None,
                {},
                False,
                None,
                (0, 0),
                {},
                False,
                None,
                None,
                False,
                False,
            )
        except _Refused as error:
            raise ConnectionFailed(_refusal(error.name)) from None
        except asyncssh.Error as error:
            message = f"ssh: cannot start the command: {error.reason}"
            raise ConnectionFailed(message) from error
        for name in channel.refused:
            await announce(_refusal(name))
        await _converse(channel, session, execution)
    if session.ending:
        raise CommandFailed(session.ending)
    return {}


async def _converse(channel: _Channel, session: _Session, execution: Execution) -> None:
    if execution.stdin:
        channel.write(execution.stdin)
    channel.write_eof()
    while (item := await session.arrived.get()) is not None:
        await execution.output.receive(*item)
    await execution.output.finish()


def _refusal(name: str) -> str:
    return (
        f"could not set environment variable {name!r}: the SSH server does not accept it; add it to AcceptEnv in the"
        f" server's sshd_config, or write it before the command itself: '{name}=value command'"
    )
