"""The stack's config and state, through the user's own pulumi. No value becomes an argument."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from declaration import PROJECT, VALUES
from declaration.config_keys import config_path
from operations.errors import OperationError
from operations.programs import find_program
from operations.state import current_resources
from tooling.stack.pulumi import Pulumi, PulumiFailed

PROVIDER = "pulumi:providers:infisical"
NAME = "infisical"


class Stack:
    """
    :param project: the folder with `Pulumi.yaml`
    :param name: as `pulumi stack ls` shows it
    :raises OperationError: pulumi is not on PATH
    """

    def __init__(self, project: Path, name: str) -> None:
        self.name = name
        self._project = project
        self._pulumi = Pulumi(find_program("pulumi"), os.environ)

    def config(self) -> dict[str, str]:
        """
        The decrypted config by key, without the project's name; structures as JSON.

        :raises OperationError: it cannot be read
        """
        found = json.loads(self._ask("config", "--json", "--show-secrets"))
        prefix = f"{PROJECT}:"
        return {
            key.removeprefix(prefix): str(entry["value"])
            for key, entry in found.items()
            if key.startswith(prefix) and entry.get("value") is not None
        }

    def values(self) -> dict[str, Any]:
        """The decrypted `homelab:values`."""
        found = json.loads(self.config().get(VALUES) or "{}")
        return found if isinstance(found, dict) else {}

    def set_value(self, address: str, value: str) -> None:
        """
        Set an encrypted value in `homelab:values`.

        :raises PulumiFailed: pulumi ended with an error
        """
        path = config_path(f"{PROJECT}:{VALUES}", address)
        # Pulumi removes one newline at the end.
        self._run("config", "set", "--secret", "--path", path, given=f"{value}\n")

    def provider(self) -> dict[str, Any]:
        """
        The inputs of the provider that reaches Infisical; empty if the stack has none.

        :raises OperationError: the state cannot be read
        """
        state = json.loads(self._ask("stack", "export", "--show-secrets"))
        found = [
            each.get("inputs") or {}
            for each in current_resources(state)
            if each["type"] == PROVIDER and each["urn"].endswith(f"::{NAME}")
        ]
        return dict(found[0]) if found else {}

    def _ask(self, *arguments: str) -> str:
        try:
            return self._run(*arguments)
        except PulumiFailed as error:
            what = f"The stack {self.name} cannot be read"
            fix = "check its name with `pulumi stack ls`, and its passphrase, then run the command again"
            raise OperationError(what, found=str(error), fix=fix) from error

    def _run(self, *arguments: str, given: str = "") -> str:
        return self._pulumi.run("--color", "never", *arguments, "--stack", self.name, cwd=self._project, given=given)
