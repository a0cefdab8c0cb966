"""The doctor of a deployed homelab."""

from __future__ import annotations

import contextlib
import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest import mock

from operations.__main__ import main
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner

Json = dict[str, Any]


class Doctor:
    """Runs the command, and knows the values that its output must not contain."""

    def __init__(self, homelab: Homelab) -> None:
        self._homelab = homelab
        own = homelab.secret("infisical", "infisical-secrets") | {
            "login": homelab.secret("external-secrets", "infisical-machine-identity")["clientSecret"]
        }
        self.values = {*Owner(homelab).values().values(), *own.values()}
        self.code = 0

    @contextlib.contextmanager
    def environment(self, kubeconfig: Path | None = None) -> Iterator[None]:
        """The environment of the command, without a passphrase."""
        homelab = self._homelab
        variables = homelab.workspace.environment() | {"KUBECONFIG": str(kubeconfig or homelab.plane.kubeconfig)}
        variables = {name: text for name, text in variables.items() if "PASSPHRASE" not in name}
        with mock.patch.dict(os.environ, variables, clear=True):
            yield

    def text(self, *arguments: str, kubeconfig: Path | None = None) -> str:
        """What it prints."""
        where = ("--project", str(self._homelab.project), "--stack", self._homelab.stack)
        out = io.StringIO()
        with self.environment(kubeconfig), contextlib.redirect_stdout(out):
            self.code = main(["doctor", *where, *arguments])
        text = out.getvalue()
        assert not [value for value in self.values if value in text], "a value is in the output"
        return text

    def steps(self, *arguments: str, kubeconfig: Path | None = None) -> dict[str, Json]:
        """The steps of its JSON, by id."""
        found = json.loads(self.text("--json", *arguments, kubeconfig=kubeconfig))
        assert found["exitCode"] == self.code
        return {step["id"]: step for step in found["steps"]}

    def findings(self, *arguments: str) -> list[Json]:
        """All findings."""
        return [finding for step in self.steps(*arguments).values() for finding in step["findings"]]

    def ids(self, *arguments: str) -> list[str]:
        """The ids of all findings."""
        return [finding["id"] for finding in self.findings(*arguments)]
