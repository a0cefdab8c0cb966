"""The user's stack, read and changed through their own pulumi. No value becomes an argument."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from declaration import CREDENTIALS, PROJECT, VALUES
from declaration.config_keys import config_path
from operations.errors import OperationError
from operations.programs import find_program
from tooling.stack.pulumi import Pulumi, PulumiFailed


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
        The decrypted config by key, such as `homelab:store`; structures as JSON.

        :raises OperationError: it cannot be read
        """
        found = json.loads(self._read("config", "--json", "--show-secrets"))
        return {key: str(entry["value"]) for key, entry in found.items() if entry.get("value") is not None}

    def homelab_config(self) -> dict[str, str]:
        """
        The same for the program's own keys, without the project's name.

        :raises OperationError: it cannot be read
        """
        start = f"{PROJECT}:"
        return {key.removeprefix(start): value for key, value in self.config().items() if key.startswith(start)}

    def values(self) -> dict[str, Any]:
        """The decrypted `homelab:values`."""
        found = json.loads(self.homelab_config().get(VALUES) or "{}")
        return found if isinstance(found, dict) else {}

    def set_value(self, address: str, value: str) -> None:
        """
        Set an encrypted value in `homelab:values`.

        :raises PulumiFailed: pulumi ended with an error
        """
        self._set(config_path(f"{PROJECT}:{VALUES}", address), "--secret", "--path", value=value)

    def set_credential(self, key: str, value: str) -> None:
        """
        Set one of `declaration.CREDENTIALS`, encrypted if it is a secret.

        :raises PulumiFailed: pulumi ended with an error
        """
        self._set(f"{PROJECT}:{key}", "--secret" if CREDENTIALS[key].secret else "--plaintext", value=value)

    def state(self, *, decrypted: bool = False) -> dict[str, Any]:
        """
        The exported state.

        :raises OperationError: it cannot be read
        """
        state: dict[str, Any] = json.loads(self._read("stack", "export", *(["--show-secrets"] if decrypted else [])))
        return state

    def run(self, *arguments: str, given: str = "") -> str:
        """
        Run a pulumi command on this stack and return its output.

        :param given: its stdin
        :raises PulumiFailed: pulumi ended with an error
        """
        return self._pulumi.run(*arguments, "--color", "never", "--stack", self.name, cwd=self._project, given=given)

    def _read(self, *arguments: str) -> str:
        try:
            return self.run(*arguments)
        except PulumiFailed as error:
            what = f"The stack {self.name} cannot be read"
            fix = (
                "check its name with `pulumi stack ls`, and its passphrase; "
                f"`pulumi stack init {self.name}` creates it. Then run the command again"
            )
            raise OperationError(what, found=str(error), fix=fix) from error

    def _set(self, *arguments: str, value: str) -> None:
        # Pulumi removes one newline at the end.
        self.run("config", "set", *arguments, given=f"{value}\n")
