"""The real Pulumi engine with the Python language host and this provider, and a backend of its own."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from tests import pulumi_state
from tests.checkout import CHECKOUT
from tests.waiting import PATIENCE_SECONDS
from tooling.stack.launchers import launcher, write_launcher

PASSPHRASE = "throw-away"


@dataclass(frozen=True)
class Outcome:
    """What a command printed (stdout and stderr together), and its exit code."""

    output: str
    code: int


@dataclass
class Engine:
    """Runs pulumi commands on one project. `secret` names the keys of its config to encrypt."""

    pulumi: str
    project: Path
    variables: dict[str, str] = field(repr=False)
    secret: tuple[str, ...] = ()

    def run(self, *arguments: str) -> Outcome:
        finished = subprocess.run(
            [self.pulumi, *arguments, "--non-interactive", "--color=never"],
            cwd=self.project,
            env=self.variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
        return Outcome(finished.stdout, finished.returncode)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs; secret ones in plain text."""
        return pulumi_state.outputs_in_clear(self._checkpoint, self._cipher)

    def state(self) -> str:
        """The state as it is stored: secrets are encrypted."""
        return json.dumps(pulumi_state.state(self._checkpoint))

    def set(self, **config: str) -> None:
        """Change the config of the stack."""
        content = yaml.safe_load(self._stack_file.read_text())
        content.setdefault("config", {}).update(
            {
                f"trial:{name}": self._cipher.secure(value) if name in self.secret else value
                for name, value in config.items()
            }
        )
        self._stack_file.write_text(yaml.safe_dump(content))

    @property
    def _stack_file(self) -> Path:
        return self.project / "Pulumi.dev.yaml"

    @property
    def _checkpoint(self) -> Path:
        return pulumi_state.checkpoint(self.project.parent / "state", "trial", "dev")

    @functools.cached_property
    def _cipher(self) -> pulumi_state.Cipher:
        return pulumi_state.Cipher.of(self._stack_file, PASSPHRASE)


def make_engine(pulumi: str, folder: Path, program: str, secret: tuple[str, ...] = ()) -> Engine:
    """A project with this program and a stack `dev`, everything below `folder`."""
    binaries, project = folder / "bin", folder / "project"
    binaries.mkdir(parents=True)
    project.mkdir()
    (folder / "state").mkdir()
    host = launcher(Path(sys.executable), CHECKOUT, "plugins.language")
    write_launcher(binaries / "pulumi-language-python", host)
    # As in the checkout: the provider's folder expects the virtual environment next to it.
    for package in ("infisical", "tooling"):
        shutil.copytree(CHECKOUT / package, project / package, ignore=shutil.ignore_patterns("__pycache__"))
    (project / ".venv").symlink_to(sys.prefix)
    (project / "Pulumi.yaml").write_text(
        "name: trial\n"
        "runtime: {name: python, options: {virtualenv: .venv}}\n"
        "plugins: {providers: [{name: infisical, path: ./infisical}]}\n"
    )
    (project / "__main__.py").write_text(program)
    # Compiled modules: every command starts the program and the plugin.
    unwanted = ("PULUMI_", "PYTHONDONTWRITEBYTECODE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    own = {
        "PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}",
        "PULUMI_HOME": str(folder / "pulumi"),
        "PULUMI_BACKEND_URL": (folder / "state").as_uri(),
        "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
        "PULUMI_SKIP_UPDATE_CHECK": "true",
        "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
    }
    engine = Engine(pulumi, project, kept | own, secret)
    created = engine.run("stack", "init", "dev")
    assert created.code == 0, created.output
    return engine
