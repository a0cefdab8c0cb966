"""Commands on this machine."""

from __future__ import annotations

import os
import shutil
import signal
from pathlib import Path

from plugins.command.execution import CommandFailed, Execution
from plugins.command.process import run_process
from plugins.command.text import quoted, to_bytes

INTERPRETER = ["/bin/sh", "-c"]


async def run_local(execution: Execution) -> None:
    """
    Run the command to its end.

    :raises CommandFailed: it cannot start, or its exit code is not 0
    """
    inputs = execution.inputs
    interpreter = [to_bytes(part) for part in inputs.get("interpreter") or INTERPRETER]
    directory = os.fsdecode(to_bytes(inputs["dir"])) if "dir" in inputs else None
    if obstacle := _obstacle(os.fsdecode(interpreter[0]), directory):
        raise CommandFailed(obstacle)
    try:
        code = await run_process(
            [*interpreter, execution.command],
            directory=directory,
            environment={**os.environb, **execution.environment, **execution.previous_output},
            stdin=execution.stdin,
            output=execution.output,
        )
    except OSError as error:
        reason = os.strerror(error.errno).lower() if error.errno else str(error)
        message = f"fork/exec {os.fsdecode(interpreter[0])}: {reason}"
        raise CommandFailed(message) from error
    except ValueError as error:
        raise CommandFailed(str(error)) from error
    if code:
        raise CommandFailed(_ending(code))


def _obstacle(program: str, directory: str | None) -> str | None:
    """Return why the program cannot start in the directory; None if no reason is known."""
    if directory is not None and not Path(directory).is_dir():
        return f"chdir {directory}: {'not a directory' if Path(directory).exists() else 'no such file or directory'}"
    # The official provider, too, searches this process's PATH and not the command's.
    if "/" not in program and shutil.which(program) is None:
        return f"exec: {quoted(program)}: executable file not found in $PATH"
    return None


def _ending(code: int) -> str:
    if code > 0:
        return f"exit status {code}"
    return f"signal: {(signal.strsignal(-code) or str(-code)).lower()}"
