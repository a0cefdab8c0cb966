"""The interpreter of a program and the packages that it sees, read from disk where that says enough."""

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
    """An interpreter, in a virtual environment or on PATH (`virtualenv` is None)."""

    interpreter: str
    virtualenv: Path | None

    def variables(self, base: Mapping[str, str]) -> dict[str, str]:
        """`base` with the virtual environment activated, and without what only this host needs."""
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
        """Such as `3.11.7`."""
        return self._ask("--version").removeprefix("Python ").strip()

    def package_directories(self) -> list[Path]:
        """The folders that hold installed packages. Only an interpreter without its own has to be asked."""
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
                f"{self.interpreter} does not run (exit code {answer.returncode}): {answer.stderr.strip()}. "
                "Remove the virtual environment and make it again with `pulumi install`."
            )
            raise ProviderError(
                message,
                grpc.StatusCode.FAILED_PRECONDITION,
            )
        return answer.stdout


def find_environment(options: RuntimeOptions) -> PythonEnvironment:
    """
    The interpreter that the options name.

    :raises ProviderError: the virtual environment does not exist, or no Python is on PATH
    """
    path = options.virtualenv_path
    if path is None:
        return PythonEnvironment(python_on_path(), None)
    interpreter = path / "bin" / "python"
    if not interpreter.is_file():
        state = "is not a virtual environment (it has no bin/python)" if path.exists() else "does not exist"
        message = (
            f"runtime option `virtualenv` is {options.virtualenv!r}, but {path} {state}. "
            f"Run `pulumi install` in {options.root} to make it and to install requirements.txt into it, or mend "
            "`runtime.options.virtualenv`."
        )
        raise ProviderError(
            message,
            grpc.StatusCode.FAILED_PRECONDITION,
        )
    return PythonEnvironment(str(interpreter), path)


def python_on_path() -> str:
    """
    The interpreter of PULUMI_PYTHON_CMD, else `python3` or `python` from PATH.

    :raises ProviderError: there is none
    """
    chosen = os.environ.get("PULUMI_PYTHON_CMD")
    commands = [chosen] if chosen else ["python3", "python"]
    for command in commands:
        found = shutil.which(command)
        if found:
            return found
    message = f"no {' or '.join(commands)} on PATH: install Python 3.11 or newer, or name one in PULUMI_PYTHON_CMD."
    raise ProviderError(
        message,
        grpc.StatusCode.FAILED_PRECONDITION,
    )


def _with_linked(directory: Path) -> list[Path]:
    """A folder of packages and those that its .pth files add."""
    if not directory.is_dir():
        return []
    linked = [directory]
    for file in sorted(directory.glob("*.pth")):
        for line in file.read_text(errors="replace").splitlines():
            entry = line.strip()
            if entry and not entry.startswith(("#", "import ", "import\t")) and (directory / entry).is_dir():
                linked.append(directory / entry)
    return linked
