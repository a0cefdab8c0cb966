"""Commands on this machine."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Sequence
from pathlib import Path

from plugins.command.execution import CommandFailed, Execution
from plugins.command.process import run_process
from plugins.command.text import quoted, to_bytes
from plugins.protocol.properties import Properties, Value

INTERPRETER = ["/bin/sh", "-c"]


async def run_local(execution: Execution) -> Properties:
    """
    Run to the end.

    :returns: `assets` and `archive`, where the inputs ask for them
    :raises CommandFailed: it cannot be started, ended with another code than 0, or its files cannot be read
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
    return await asyncio.to_thread(_files, directory, inputs.get("assetPaths"), inputs.get("archivePaths"))


def _obstacle(program: str, directory: str | None) -> str | None:
    """Why the program cannot be started there, as far as can be seen before; None where nothing is in the way."""
    if directory is not None and not Path(directory).is_dir():
        return f"chdir {directory}: {'not a directory' if Path(directory).exists() else 'no such file or directory'}"
    # As in the official provider the program is looked up in this process's PATH, not in the command's.
    if "/" not in program and shutil.which(program) is None:
        return f"exec: {quoted(program)}: executable file not found in $PATH"
    return None


def _ending(code: int) -> str:
    if code > 0:
        return f"exit status {code}"
    return f"signal: {(signal.strsignal(-code) or str(-code)).lower()}"


def _files(directory: str | None, assets: Sequence[str] | None, archive: Sequence[str] | None) -> Properties:
    if assets is None and archive is None:
        return {}
    from plugins.command.assets import file_archive, file_asset
    from plugins.command.globs import BadPattern, matching_files

    folder = str(Path.cwd()) if directory is None else directory
    found: dict[str, Value] = {}
    try:
        if assets is not None:
            found["assets"] = {name: file_asset(path) for name, path in matching_files(folder, assets).items()}
        if archive is not None:
            found["archive"] = file_archive(matching_files(folder, archive))
    except (BadPattern, OSError) as error:
        message = f"the command succeeded, its files could not be read: {error}"
        raise CommandFailed(message) from error
    return found
