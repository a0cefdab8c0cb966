"""
Warm starts of the program and of the plugins in Python, for tests that are about something else.

A command of pulumi starts six Python processes, and each loads the same packages: most of the CPU time of a whole
homelab. Here a server loads the packages once, with the modules of this checkout, and forks for each start. A process
that would load those modules from elsewhere loads them itself. A process keeps its arguments, folder, variables,
files, process group and exit code.

Tests of starts, kills and orphans use cold starts: see `cold`.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import pytest

from tests.warm.client import COLD
from tooling.stack import Workspace
from tooling.toolchain import Engine, Tools
from tooling.toolchain.progress import Reporter

CHECKOUT: Final = Path(__file__).parents[2]
CLIENT: Final = Path(__file__).with_name("client.py")
WORLDS: Final = ("program", "plugin")


class Warm:
    """
    The servers, and a virtual environment whose interpreter asks them for a process.

    :param folder: for the environment; created
    """

    def __init__(self, folder: Path) -> None:
        self.environment = folder / "venv"
        # A short path: the name of a socket has about 100 characters at most.
        self._short = Path(tempfile.mkdtemp(prefix="warm-"))
        self._sockets = self._short / "socket"
        (self.environment / "bin").mkdir(parents=True)
        for entry in Path(sys.prefix).iterdir():
            if entry.name != "bin":
                (self.environment / entry.name).symlink_to(entry)
        self.python = self.environment / "bin" / "python"
        argv = [sys.executable, "-I", "-S", str(CLIENT), sys.executable, str(self.python), str(self._sockets)]
        self.python.write_text(f'#!/bin/sh\nexec {shlex.join(argv)} "$@"\n')
        self.python.chmod(0o755)

    @contextmanager
    def started(self) -> Iterator[None]:
        """The servers run during the block. They end with this process, even if it is killed."""
        servers = [
            subprocess.Popen(
                [sys.executable, "-m", "tests.warm.server", world, f"{self._sockets}-{world}"],
                cwd=CHECKOUT,
                # Its processes must not find the variables of a user there.
                env={"PATH": os.defpath},
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
            )
            for world in WORLDS
        ]
        try:
            for server in servers:
                assert server.stdout
                assert server.stdout.readline() == b"ready\n"
            yield
        finally:
            for server in servers:
                server.communicate()
            shutil.rmtree(self._short, ignore_errors=True)

    @contextmanager
    def used(self) -> Iterator[None]:
        """Within the block, this process uses the environment for the workspaces and projects that it makes."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(sys, "executable", str(self.python))
            patch.setattr(sys, "prefix", str(self.environment))
            yield

    def workspace(self, folder: Path, tools: Tools | Engine, kubeconfig: Path | None, stack: str) -> Workspace:
        """A workspace whose plugins in Python start warm."""
        workspace = Workspace(folder, tools, kubeconfig, stack=stack)
        with self.used():
            workspace.ensure(Reporter())
        return workspace

    def prepare(self, project: Path) -> None:
        """Let the program of a project, and its provider, start warm. For `write_project`, which keeps what exists."""
        (project / "infisical").mkdir(parents=True)
        (project / ".venv").symlink_to(self.environment)
        # A folder of its own, because the provider looks for the environment next to its folder.
        for entry in (CHECKOUT / "infisical").iterdir():
            (project / "infisical" / entry.name).symlink_to(entry)


def cold(environment: Mapping[str, str]) -> dict[str, str]:
    """The same variables, with cold starts."""
    return {**environment, COLD: "true"}
