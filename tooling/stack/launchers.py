"""The executable files that the engine starts as plugins, for the plugins in Python."""

from __future__ import annotations

import shlex
from pathlib import Path

MARK = "# A launcher of this project's Python plugin."

# -I: neither the user's variables nor the files of the current folder change what is imported, and programs that the
# plugin starts inherit nothing of this. Loaded modules are never garbage, so collections start when the plugin serves.
_START = (
    "import gc, runpy, sys; gc.disable(); sys.path.insert(0, sys.argv.pop(1)); "
    'runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)'
)


def launcher(python: Path, checkout: Path, module: str) -> str:
    """
    Return the text of a launcher.

    :param python: the interpreter of a virtual environment with the packages of the plugins
    :param checkout: the folder that contains the package `plugins`
    :param module: such as `plugins.random`
    """
    argv = [str(python), "-I", "-c", _START, str(checkout), module]
    return f'#!/bin/sh\n{MARK}\nexec {shlex.join(argv)} "$@"\n'


def write_launcher(path: Path, text: str) -> None:
    """Write an executable launcher, unless it exists. A link is replaced; its target is not changed."""
    if not path.is_symlink() and path.exists() and path.read_text() == text:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}")
    draft.unlink(missing_ok=True)
    draft.write_text(text)
    draft.chmod(0o755)
    draft.replace(path)


def is_launcher(path: Path) -> bool:
    """Whether the file is a launcher of this project and not an official plugin."""
    try:
        with path.open("rb") as file:
            return MARK.encode() in file.read(200)
    except OSError:
        return False
