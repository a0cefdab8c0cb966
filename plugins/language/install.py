"""Installs the packages of a program or plugin: `LanguageRuntime.InstallDependencies`."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from pathlib import Path

from plugins.language.child import Children
from plugins.language.environment import PythonEnvironment, find_environment, python_on_path
from plugins.language.options import RuntimeOptions
from plugins.language.stream import output
from plugins.protocol.errors import ProviderError

REQUIREMENTS = "requirements.txt"

Piece = tuple[str, bytes]
"""('stdout' or 'stderr', bytes)"""


async def install_dependencies(options: RuntimeOptions, directory: Path, children: Children) -> AsyncIterator[Piece]:
    """
    Create the virtual environment if it is missing, and install the requirements.txt of `directory` into it.

    Yields the output of each step.

    :raises ProviderError: a step failed
    """
    yield _line("Installing dependencies...\n")
    path = options.virtualenv_path
    if path and not (path / "bin" / "python").is_file():
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            message = (
                f"Runtime option `virtualenv`: found {options.virtualenv!r}, but {path} exists and is not a virtual "
                "environment. Fix: move it away, or set `runtime.options.virtualenv` to a different folder."
            )
            raise ProviderError(message)
        yield _line(f"Creating virtual environment in {path}...")
        base = PythonEnvironment(python_on_path(), None)
        async for piece in _step(base, ["module", "venv", str(path)], directory, children):
            yield piece
        yield _line("Finished creating virtual environment")

    if not (directory / REQUIREMENTS).is_file():
        yield _line(f"No {REQUIREMENTS} in {directory}: nothing to install.")
        return
    yield _line("Installing dependencies in virtual environment..." if path else f"Installing {REQUIREMENTS}...")
    python = find_environment(options)
    pip = ["module", "pip", "install", "--no-input", "-r", REQUIREMENTS]
    async for piece in _step(python, pip, directory, children):
        yield piece
    yield _line("Finished installing dependencies\n")


async def _step(
    python: PythonEnvironment, command: list[str], directory: Path, children: Children
) -> AsyncIterator[Piece]:
    async with children.started(
        python.interpreter,
        command,
        directory=str(directory),
        environment=python.variables(os.environ),
        piped=True,
    ) as child:
        async for piece in output(child):
            yield piece
        code = await child.wait()
    if code != 0:
        tool = " ".join(command[1:])
        message = (
            f"`{python.interpreter} -m {tool}` failed in {directory} with exit code {code}; its output is above. "
            f"Fix: correct {REQUIREMENTS} or the virtual environment, then run `pulumi install` again."
        )
        raise ProviderError(message)


def _line(text: str) -> Piece:
    return "stdout", f"{text}\n".encode()
