"""The program under the real engine, with providers that reach nothing: what an edit of the declaration does."""

from __future__ import annotations

import copy
import functools
import json
import shutil
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import yaml

from operations.pull_request.offline.stack import OfflineStack
from tests import pulumi_state
from tests.checkout import CHECKOUT
from tooling.processes.run import Done
from tooling.toolchain import Tools
from tooling.toolchain.progress import Reporter

PROGRAM: Final = ("Pulumi.yaml", "__main__.py", "components", "declaration", "infisical", "tooling", "requirements.txt")
STACK: Final = "homelab"
MINIMAL: Final = CHECKOUT / "examples" / "minimal" / "Pulumi.homelab.yaml"


@dataclass
class OfflineHomelab:
    """
    A project with the program and a stack. `keys` are the keys of its one app; change them, then run a command.

    `credentials` are encrypted in the stack file.
    """

    project: Path
    stack: OfflineStack
    checkpoint: Path
    config: dict[str, Any]
    credentials: dict[str, str] = field(default_factory=dict)

    @property
    def keys(self) -> dict[str, Any]:
        keys: dict[str, Any] = self.config["homelab:apps"]["grafana"]["keys"]
        return keys

    def rotate(self, name: str, trigger: str) -> None:
        self.config.setdefault("homelab:rotations", {})[name] = trigger

    def up(self) -> str:
        """Deploy the declaration, which must succeed; with the output."""
        done = self.run("up", "--yes", "--skip-preview")
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout + done.stderr

    def preview(self) -> Done:
        return self.run("preview", "--diff")

    def run(self, *arguments: str) -> Done:
        self.stack.prepare(self.project, copy.deepcopy(self.config) | self.credentials, set(self.credentials.values()))
        return self.stack.run(self.project, *arguments, "--color=never")

    def outputs(self) -> dict[str, Any]:
        return pulumi_state.outputs(self.checkpoint)

    def resources(self, kind: str) -> dict[str, dict[str, Any]]:
        """The resources of a type, given by its end, by name; secrets in clear."""
        found = self._cipher.in_clear(pulumi_state.state(self.checkpoint)["deployment"]["resources"])
        return {each["urn"].rpartition("::")[2]: each for each in found if each["type"].endswith(kind)}

    def types(self) -> Counter[str]:
        """How many resources of each type the state has."""
        return Counter(each["type"] for each in pulumi_state.state(self.checkpoint)["deployment"]["resources"])

    @functools.cached_property
    def _cipher(self) -> pulumi_state.Cipher:
        return pulumi_state.Cipher.of(self.project / f"Pulumi.{STACK}.yaml", self.stack.passphrase)

    def generated(self, name: str) -> str:
        """The value that RandomPassword holds in the state."""
        value: str = pulumi_state.unmarked(self.resources("RandomPassword")[name]["outputs"]["result"])
        return value

    def edit_state(self, edit: Callable[[list[dict[str, Any]]], None]) -> None:
        """Change the resources in the state."""
        state = self._cipher.in_clear(pulumi_state.state(self.checkpoint))
        edit(state["deployment"]["resources"])
        file = self.project / "state.json"
        file.write_text(json.dumps(state), encoding="utf-8")
        done = self.stack.run(self.project, "stack", "import", "--file", str(file))
        assert done.returncode == 0, done.stderr


def make_homelab(folder: Path, tools: Tools) -> OfflineHomelab:
    """The homelab of the minimal example, with nothing deployed."""
    project = folder / "project"
    project.mkdir()
    for name in PROGRAM:
        source = CHECKOUT / name
        if source.is_dir():
            # With the compiled modules, or each would be compiled again.
            shutil.copytree(source, project / name)
        else:
            shutil.copyfile(source, project / name)
    stack = OfflineStack(folder, tools, STACK, Reporter())
    checkpoint = pulumi_state.checkpoint(folder / "workspace" / "state", "homelab", STACK)
    config: dict[str, Any] = yaml.safe_load(MINIMAL.read_text(encoding="utf-8"))["config"]
    homelab = OfflineHomelab(project, stack, checkpoint, config)
    made = homelab.run("stack", "init", STACK)
    assert made.returncode == 0, made.stderr
    return homelab
