"""Runs a command on this machine, with its streams over the channels of one client."""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import signal
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from typing import Any, Final

from sandbox.node.api.channels import STDERR, STDOUT, Channels, ClientGone
from tooling.processes.family import kill_family
from tooling.processes.spawn import tethered

Status = dict[str, Any]

_CHUNK_BYTES: Final = 32 * 1024
_GRACE_SECONDS: Final = 1.0


async def execute(
    command: Sequence[str], variables: Mapping[str, str], channels: Channels, *, has_stdin: bool
) -> Status:
    """
    Run it and return how it ended, as a kubelet says it.

    No stream is kept in memory: a command that does not read stops the client, and the other way round. If the client
    is gone, the command's stdin ends, as in a container. A moment later, it is killed with everything that it started.

    :param variables: its whole environment; `PATH` finds the program
    :raises ClientGone: nobody waits for the end of the command, which has ended
    """
    program = shutil.which(command[0], path=variables["PATH"])
    if program is None:
        return failure(f'exec: "{command[0]}": executable file not found in $PATH')
    process = await asyncio.create_subprocess_exec(
        *tethered([program, *command[1:]], record=None),
        stdin=PIPE if has_stdin else DEVNULL,
        stdout=PIPE,
        stderr=PIPE,
        env=variables,
        cwd="/",
        start_new_session=True,
    )
    end = asyncio.create_task(_end(process, channels))
    client = [asyncio.create_task(_feed(process, channels)), asyncio.create_task(channels.gone())]
    try:
        await asyncio.wait([end, *client], return_when=asyncio.FIRST_COMPLETED)
        if not end.done():
            if process.stdin:
                process.stdin.close()
            await asyncio.wait([end], timeout=_GRACE_SECONDS)
            raise ClientGone
        return _status(end.result())
    finally:
        for task in (end, *client):
            task.cancel()
        if process.returncode is None:
            await asyncio.to_thread(kill_family, process.pid)
        with contextlib.suppress(asyncio.CancelledError):
            await end


def failure(message: str) -> Status:
    """The command was not started."""
    text = f"Internal error occurred: error executing command in container: {message}"
    return {"metadata": {}, "status": "Failure", "message": text, "reason": "InternalError", "code": 500}


def _status(code: int) -> Status:
    if code == 0:
        return {"metadata": {}, "status": "Success"}
    return {
        "metadata": {},
        "status": "Failure",
        "message": f"command terminated with non-zero exit code: {code}",
        "reason": "NonZeroExitCode",
        "details": {"causes": [{"reason": "ExitCode", "message": str(code)}]},
    }


async def _feed(process: Process, channels: Channels) -> None:
    """Pass stdin on. Returns only when the client is gone."""
    with contextlib.suppress(ClientGone):
        while True:
            part = await channels.stdin()
            if process.stdin is None or process.stdin.is_closing():
                continue
            if part is None:
                process.stdin.close()
                continue
            # A command may end, or close its stdin, before it has read everything.
            with contextlib.suppress(ConnectionError):
                process.stdin.write(part)
                await process.stdin.drain()


async def _end(process: Process, channels: Channels) -> int:
    """Pass its output on until it ends, and return its exit code: 128 and more for a signal, as a shell does."""
    assert process.stdout
    assert process.stderr
    await asyncio.gather(_pass_on(process.stdout, STDOUT, channels), _pass_on(process.stderr, STDERR, channels))
    code = await process.wait()
    return code if code >= 0 else 128 + signal.Signals(-code)


async def _pass_on(output: asyncio.StreamReader, stream: int, channels: Channels) -> None:
    while part := await output.read(_CHUNK_BYTES):
        with contextlib.suppress(ClientGone):
            await channels.send(stream, part)
