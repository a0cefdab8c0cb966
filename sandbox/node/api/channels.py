"""
The streams of a command over one WebSocket: the protocol v5.channel.k8s.io.

The first byte of a message is the number of its stream. A message of 255 and the number of a stream ends that stream.
At the end of the command, the error stream carries a Status, and the server closes the connection.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any, Final

from aiohttp import WSMsgType, web

PROTOCOL: Final = "v5.channel.k8s.io"
STDIN, STDOUT, STDERR, ERROR = range(4)
_END_OF_STDIN: Final = bytes([255, STDIN])
_PING_SECONDS: Final = 1.0


class ClientGone(Exception):
    """The client closed the connection, or it broke."""


class Channels:
    """
    :param socket: an open connection; what it receives is read here and nowhere else
    """

    def __init__(self, socket: web.WebSocketResponse) -> None:
        self._socket = socket

    async def stdin(self) -> bytes | None:
        """
        Wait for the next part of stdin; None for its end, after which only `ClientGone` follows.

        :raises ClientGone: that is no end of stdin
        """
        while True:
            message = await self._socket.receive()
            if message.type is not WSMsgType.BINARY:
                raise ClientGone
            content: bytes = message.data
            if content == _END_OF_STDIN:
                return None
            if content[:1] == bytes([STDIN]):
                return content[1:]

    async def send(self, stream: int, content: bytes) -> None:
        """
        Wait until the connection has room for it.

        :raises ClientGone: it cannot be sent
        """
        try:
            await self._socket.send_bytes(bytes([stream]) + content)
        except ConnectionError as error:
            raise ClientGone from error

    async def gone(self) -> None:
        """Return when the client is gone. A connection that nobody reads shows that only when something is sent."""
        with contextlib.suppress(ConnectionError):
            while not self._socket.closed:
                await self._socket.ping()
                await asyncio.sleep(_PING_SECONDS)

    async def finish(self, status: dict[str, Any]) -> None:
        """Send how the command ended, and close the connection."""
        with contextlib.suppress(ClientGone):
            await self.send(ERROR, json.dumps(status).encode())
        await self._socket.close()
