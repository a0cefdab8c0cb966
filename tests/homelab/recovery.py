"""A backup of a deployed homelab, and the commands that bring back what is lost."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from tests.checkout import CHECKOUT
from tests.homelab.deployment import EXTERNAL_SECRET, STACK, Homelab


class Recovery:
    """
    The homelab, a folder with its backup and the key of it, and the decrypted backup.

    `contents` has the Secrets at the time of the backup.
    """

    def __init__(self, homelab: Homelab, target: Path) -> None:
        self.contents = contents(homelab)
        self.homelab = homelab
        self.target = target
        self.folder = homelab.project / "recovery"

    def operations(self, *arguments: str | Path, **variables: str) -> str:
        """Run a command of operations, which must succeed, and return its output."""
        argv = [sys.executable, "-m", "operations", *map(str, arguments)]
        return self._run(argv, CHECKOUT, variables)

    def shell(self, commands: list[str], **variables: str) -> str:
        """Run commands in the project, which must succeed."""
        return self._run(["/bin/sh", "-euc", "\n".join(commands)], self.homelab.project, variables)

    def commands(self, chapter: str) -> list[str]:
        """The commands of one chapter of the recovery sheet."""
        text = self.operations("backup", "sheet", "--to", self.target, *self.stack())
        _, _, rest = text.partition(f"## {chapter}\n")
        blocks = re.findall(r"^```sh\n(.*?)^```$", rest.partition("\n## ")[0], re.MULTILINE | re.DOTALL)
        return "".join(blocks).splitlines()

    def stack(self) -> tuple[str | Path, ...]:
        return ("--project", self.homelab.project, "--stack", STACK)

    def extracted(self, name: str) -> Any:
        return json.loads((self.folder / name).read_text())

    def _run(self, argv: list[str], cwd: Path, variables: Mapping[str, str]) -> str:
        environment = {**self.homelab.workspace.environment(), **variables}
        done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


def contents(homelab: Homelab) -> dict[str, dict[str, str]]:
    """What Infisical starts with, and each app's Secret."""
    apps = [name.split("/") for name in homelab.objects(EXTERNAL_SECRET)]
    return {name: homelab.secret(place, name) for place, name in (*apps, ("infisical", "infisical-secrets"))}


def wait_for_deliveries(stack_file: Path, seconds: float) -> None:
    """Declare how long a delivery check waits."""
    content = yaml.safe_load(stack_file.read_text())
    content["config"]["homelab:infisical"]["deliverySeconds"] = int(seconds)
    stack_file.write_text(yaml.safe_dump(content, sort_keys=False))
