"""The command that tells another system of a new value before Infisical does, such as ALTER USER at a database."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Final

from infisical.api.call import hidden
from infisical.api.errors import Blocked

TIMEOUT_SECONDS: Final = 120.0
LAST_LINES: Final = 10


async def run_change_command(what: str, command: str, old: str, new: str) -> None:
    """
    Run a shell command, which finds the values in its environment alone: `NEW_VALUE` and `OLD_VALUE`.

    It may be run again with the same new value, and must then succeed.

    :param what: whose value changes, for messages
    :raises Blocked: it failed or did not end in time; with the last lines that it printed, the values hidden
    """
    process = await asyncio.create_subprocess_exec(
        "/bin/sh",
        "-c",
        command,
        env={**os.environ, "NEW_VALUE": new, "OLD_VALUE": old},
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            printed, _ = await process.communicate()
    except BaseException as error:
        # With its children: they would outlive the shell that waits for them.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if isinstance(error, TimeoutError):
            raise _failure(what, f"did not end within {TIMEOUT_SECONDS:.0f} s", "") from error
        raise
    if process.returncode:
        said = hidden(printed.decode(errors="replace").strip(), {old, new})
        raise _failure(what, f"failed with exit code {process.returncode}", said)


def _failure(what: str, seen: str, said: str) -> Blocked:
    lines = [f"the command that is to change {what} before Infisical does {seen}; Infisical still has the old value."]
    lines += [f"  {line}" for line in said.splitlines()[-LAST_LINES:]]
    lines.append("Mend the cause, then run `pulumi up`: it runs the command again with the same new value.")
    return Blocked("\n".join(lines))
