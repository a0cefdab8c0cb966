"""Answers the apiserver over HTTPS: `exec` over a WebSocket, and logs."""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from http import HTTPStatus
from pathlib import Path
from typing import Final

from aiohttp import web

from sandbox.node.api.channels import PROTOCOL, Channels, ClientGone
from sandbox.node.api.commands import Status, execute, failure
from sandbox.node.api.containers import CannotRun, Containers

HOST: Final = "127.0.0.1"
_SHUTDOWN_SECONDS: Final = 0.2
_BAD_REQUEST: Final = {
    "kind": "Status",
    "apiVersion": "v1",
    "metadata": {},
    "status": "Failure",
    "reason": "BadRequest",
}
_PLACE: Final = "{namespace}/{pod}/{container}"


class KubeletServer:
    """
    :param containers: what commands run in
    """

    def __init__(self, containers: Containers) -> None:
        self._containers = containers
        self._commands: set[asyncio.Task[Status]] = set()
        app = web.Application()
        app.router.add_route("*", f"/exec/{_PLACE}", self._exec)
        app.router.add_get(f"/containerLogs/{_PLACE}", self._logs)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=_SHUTDOWN_SECONDS)

    async def start(self, port: int, tls: ssl.SSLContext) -> None:
        """
        Listen on loopback.

        :raises OSError: the port is in use
        """
        await self._runner.setup()
        await web.TCPSite(self._runner, HOST, port, ssl_context=tls).start()

    async def stop(self) -> None:
        """End every command, and stop listening."""
        for command in self._commands:
            command.cancel()
        await asyncio.gather(*self._commands, return_exceptions=True)
        await self._runner.cleanup()

    async def _exec(self, request: web.Request) -> web.StreamResponse:
        offered = ",".join(request.headers.getall("Sec-WebSocket-Protocol", [])).split(",")
        if PROTOCOL not in [each.strip() for each in offered]:
            message = f"the sandbox's fake node speaks only {PROTOCOL}: unset KUBECTL_REMOTE_COMMAND_WEBSOCKETS"
            return web.json_response({**_BAD_REQUEST, "message": message}, status=HTTPStatus.BAD_REQUEST)
        socket = web.WebSocketResponse(protocols=[PROTOCOL], compress=False)
        await socket.prepare(request)
        channels = Channels(socket)
        command = asyncio.create_task(self._run(request, channels))
        self._commands.add(command)
        command.add_done_callback(self._commands.discard)
        try:
            await channels.finish(await command)
        except ClientGone:
            await socket.close()
        return socket

    async def _run(self, request: web.Request, channels: Channels) -> Status:
        place, asked = request.match_info, request.query
        if asked.get("tty") == "1":
            return failure("the sandbox's fake node has no terminals: leave out -t")
        try:
            variables = await asyncio.to_thread(
                self._containers.environment, place["namespace"], place["pod"], place["container"]
            )
        except CannotRun as error:
            return failure(str(error))
        return await execute(asked.getall("command"), variables, channels, has_stdin=asked.get("input") == "1")

    async def _logs(self, request: web.Request) -> web.Response:
        log = self._containers.log(request.match_info["namespace"], request.match_info["container"])
        tail = request.query.get("tailLines")
        text = "" if log is None else await asyncio.to_thread(_read, log, int(tail) if tail else None)
        return web.Response(text=text)


def tls_of(authority: Path, certificate: Path, key: Path) -> ssl.SSLContext:
    """
    Only clients with a certificate of the authority are answered.

    :param certificate: of this server
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=str(authority))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(certificate, key)
    return context


def _read(log: Path, tail: int | None) -> str:
    try:
        with log.open(errors="replace") as lines:
            return "".join(deque(lines, tail))
    except FileNotFoundError:
        return ""
