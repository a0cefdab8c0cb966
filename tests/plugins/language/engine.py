"""The real Pulumi engine, with this checkout's language host and a backend of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests import pulumi_state
from tests.checkout import CHECKOUT
from tests.waiting import PATIENCE_SECONDS

HOST = "pulumi-language-python"
STACK = "dev"


@dataclass(frozen=True)
class Outcome:
    """The output of a command, stdout and stderr together, and its exit code."""

    output: str
    code: int


@dataclass(frozen=True)
class Engine:
    """Runs pulumi commands with everything below `home`."""

    pulumi: str
    home: Path
    variables: dict[str, str] = field(repr=False)

    def checkpoint(self) -> Path:
        """The file with the state of the stack `dev` of a project `trial`."""
        return pulumi_state.checkpoint(self.home / "state", "trial", STACK)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets masked."""
        return pulumi_state.outputs(self.checkpoint())

    def command(self, *arguments: str) -> list[str]:
        return [self.pulumi, *arguments, "--non-interactive", "--color=never"]

    def run(self, project: Path, *arguments: str, **variables: str) -> Outcome:
        finished = subprocess.run(
            self.command(*arguments),
            cwd=project,
            env=self.variables | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Outcome(finished.stdout, finished.returncode)

    def up(self, project: Path, *arguments: str) -> Outcome:
        return self.run(project, "up", "--yes", "--skip-preview", *arguments)

    def start(self, project: Path, *arguments: str) -> subprocess.Popen[str]:
        """Start a command in its own process group, as a shell does."""
        return subprocess.Popen(
            self.command(*arguments),
            cwd=project,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            process_group=0,
        )


def make_engine(pulumi: str, home: Path) -> Engine:
    """Return an engine with its home, backend and language host in `home`."""
    binaries = home / "bin"
    binaries.mkdir(parents=True)
    launcher = binaries / HOST
    launcher.write_text(f'#!/bin/sh\nPYTHONPATH={CHECKOUT} exec {sys.executable} -m plugins.language "$@"\n')
    launcher.chmod(0o755)
    (home / "state").mkdir()
    kept = {key: value for key, value in os.environ.items() if not key.startswith("PULUMI_")}
    own = {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_HOME": str(home / "pulumi"),
        "PULUMI_STACK": STACK,
        "PULUMI_BACKEND_URL": (home / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": "throw-away",
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    return Engine(pulumi, home, kept | own)


def write_project(folder: Path, program: str, extra: str = "") -> Path:
    """Create a project with this program for the interpreter of the tests; `extra` is added to Pulumi.yaml."""
    folder.mkdir(exist_ok=True)
    runtime = f"{{name: python, options: {{virtualenv: {sys.prefix}}}}}"
    (folder / "Pulumi.yaml").write_text(f"name: trial\nruntime: {runtime}\n{extra}")
    (folder / "__main__.py").write_text(program)
    return folder


def copy_stack(template: tuple[Engine, Path], engine: Engine, project: Path) -> None:
    """Give the engine and its project the template's stack. Creating one takes longer: its passphrase becomes a key."""
    theirs, folder = template
    shutil.copytree(theirs.home / "state", engine.home / "state", dirs_exist_ok=True)
    shutil.copy(folder / f"Pulumi.{STACK}.yaml", project)
