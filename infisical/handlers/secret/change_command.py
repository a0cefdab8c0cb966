"""The command that changes a value in another system before Infisical, such as ALTER USER in a database."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from typing import Final

from infisical.api.errors import Blocked
from infisical.api.http.call import hidden

TIMEOUT_SECONDS: Final = 120.0
LAST_LINES: Final = 10


async def run_change_command(what: str, command: str, old: str, new: str, longest: float) -> None:
    """
    Run a shell command, which gets the values only in its environment: `NEW_VALUE` and `OLD_VALUE`.

    It may run again with the same new value, and must then succeed.

    :param what: whose value changes, for messages
    :param longest: seconds until it is killed
    :raises Blocked: it failed or timed out; with its last lines, the values hidden
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
        async with asyncio.timeout(longest):
            printed, _ = await process.communicate()
    except BaseException as error:
        # Its children would outlive the shell.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()
        if isinstance(error, TimeoutError):
            slow = "If it is only slow, raise `homelab:infisical.commandSeconds`."
            raise _failure(what, f"timed out after {longest:g} s", slow) from error
        raise
    if process.returncode:
        lines = hidden(printed.decode(errors="replace").strip(), {old, new})
        raise _failure(what, f"failed with exit code {process.returncode}", lines)


def _failure(what: str, problem: str, printed: str) -> Blocked:
    lines = [f"The change command of {what} {problem}; Infisical still has the old value."]
    lines += [f"  {line}" for line in printed.splitlines()[-LAST_LINES:]]
    lines.append("Fix the cause, then run `pulumi up`, which runs the command again with the same new value.")
    return Blocked("\n".join(lines))
