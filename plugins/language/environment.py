"""The interpreter of a program and its installed packages, read from disk if possible."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import grpc

from plugins.language.options import RuntimeOptions
from plugins.protocol.errors import ProviderError

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class PythonEnvironment:
    """An interpreter: in a virtual environment, or on PATH (`virtualenv` is None)."""

    interpreter: str
    virtualenv: Path | None

    def variables(self, base: Mapping[str, str]) -> dict[str, str]:
        """Return `base` with the virtual environment activated, and without what only this host needs."""
        variables = dict(base)
        paths = [entry for entry in variables.get("PYTHONPATH", "").split(os.pathsep) if entry]
        kept = [entry for entry in paths if Path(entry).resolve() != CHECKOUT]
        variables.pop("PYTHONPATH", None)
        if kept:
            variables["PYTHONPATH"] = os.pathsep.join(kept)
        if self.virtualenv:
            variables.pop("PYTHONHOME", None)
            variables["VIRTUAL_ENV"] = str(self.virtualenv)
            binaries = str(self.virtualenv / "bin")
            variables["PATH"] = os.pathsep.join(filter(None, [binaries, variables.get("PATH")]))
        return variables

    def version(self) -> str:
        """Return its version, such as `3.11.7`."""
        return self._ask("--version").removeprefix("Python ").strip()

    def package_directories(self) -> list[Path]:
        """Return the folders with installed packages. Only an interpreter without its own folder is asked for them."""
        if self.virtualenv and not self._sees_system_packages():
            directories = sorted(self.virtualenv.glob("lib/python3*/site-packages"))
        else:
            script = "import json, sys; print(json.dumps(sys.path))"
            directories = [Path(entry) for entry in json.loads(self._ask("-c", script)) if entry]
        return [linked for directory in directories for linked in _with_linked(directory)]

    def _sees_system_packages(self) -> bool:
        assert self.virtualenv
        for line in (self.virtualenv / "pyvenv.cfg").read_text().splitlines():
            key, _, value = line.partition("=")
            if key.strip() == "include-system-site-packages":
                return value.strip().lower() == "true"
        return False

    def _ask(self, *arguments: str) -> str:
        answer = subprocess.run(
            [self.interpreter, *arguments],
            env=self.variables(os.environ),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if answer.returncode != 0:
            message = (
                f"{self.interpreter} failed with exit code {answer.returncode}: {answer.stderr.strip()}. "
                "Fix: remove the virtual environment, then run `pulumi install`."
            )
            raise ProviderError(
                message,
                grpc.StatusCode.FAILED_PRECONDITION,
            )
        return answer.stdout


def find_environment(options: RuntimeOptions) -> PythonEnvironment:
    """
    Return the interpreter that the options name.

    :raises ProviderError: there is no virtual environment in the folder, or no Python on PATH
    """
    path = options.virtualenv_path
    if path is None:
        return PythonEnvironment(python_on_path(), None)
    interpreter = path / "bin" / "python"
    if not interpreter.is_file():
        state = "is not a virtual environment (it has no bin/python)" if path.exists() else "does not exist"
        message = (
            f"Runtime option `virtualenv`: found {options.virtualenv!r}, but {path} {state}. "
            f"Fix: run `pulumi install` in {options.root}, which creates it and installs requirements.txt, or correct "
            "`runtime.options.virtualenv`."
        )
        raise ProviderError(
            message,
            grpc.StatusCode.FAILED_PRECONDITION,
        )
    return PythonEnvironment(str(interpreter), path)


def python_on_path() -> str:
    """
    Return the interpreter that PULUMI_PYTHON_CMD names, otherwise `python3` or `python` from PATH.

    :raises ProviderError: not found
    """
    chosen = os.environ.get("PULUMI_PYTHON_CMD")
    commands = [chosen] if chosen else ["python3", "python"]
    for command in commands:
        found = shutil.which(command)
        if found:
            return found
    message = (
        f"Python not found: expected {' or '.join(commands)} on PATH. "
        "Fix: install Python 3.11 or newer, or set PULUMI_PYTHON_CMD to its path."
    )
    raise ProviderError(
        message,
        grpc.StatusCode.FAILED_PRECONDITION,
    )


def _with_linked(directory: Path) -> list[Path]:
    """Return a folder of packages and the folders that its .pth files add."""
    if not directory.is_dir():
        return []
    linked = [directory]
    for file in sorted(directory.glob("*.pth")):
        for line in file.read_text(errors="replace").splitlines():
            entry = line.strip()
            if entry and not entry.startswith(("#", "import ", "import\t")) and (directory / entry).is_dir():
                linked.append(directory / entry)
    return linked
