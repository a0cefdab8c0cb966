"""The fake homelab of the rotation of ENCRYPTION_KEY: what pulumi and kubectl answer, with failures on demand."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest

from tooling.kubernetes import kubectl
from tooling.processes.run import Done
from tooling.stack.pulumi import Pulumi

OLD_KEY: Final = "0123456789abcdef" * 2
NEW_KEY: Final = "fedcba9876543210" * 2
PROGRAMS: Final = ("kubectl", "pulumi")

RESOURCES: Final = {
    "random:index/randomPassword:RandomPassword": "infisical-encryption-key",
    "pulumi:index:Stash": "infisical-encryption-key",
    "kubernetes:core/v1:Secret": "infisical-secrets",
    "pulumi:providers:infisical": "infisical",
    "infisical:index:Project": "project",
}
INPUTS: Final = {
    "pulumi:providers:infisical": {
        "url": "http://infisical.example.net",
        "email": "a@example.net",
        "password": "password",
    },
    "infisical:index:Project": {"slug": "homelab"},
}
INFISICAL: Final = {"url": "http://infisical.example.net", "adminEmail": "a@example.net"}


@dataclass
class FakeHomelab:
    """
    One homelab, as pulumi and kubectl show it.

    :param state_key: ENCRYPTION_KEY in the stack's state
    :param cluster_key: ENCRYPTION_KEY in the Secret that Infisical starts with
    :param replicas: of Infisical's Deployment; None if there is no Deployment
    :param failures: the exit code and the error of the commands that start with these words
    """

    config: dict[str, Any] = field(default_factory=lambda: {"infisical": INFISICAL})
    resources: dict[str, str] = field(default_factory=lambda: dict(RESOURCES))
    token: str = ""
    state_key: str = OLD_KEY
    cluster_key: str = OLD_KEY
    replicas: int | None = 1
    failures: dict[str, tuple[int, str]] = field(default_factory=dict)

    def install(self, programs: Path, patch: pytest.MonkeyPatch) -> None:
        """Put programs on PATH, and let this homelab answer all their commands."""
        programs.mkdir()
        for name in PROGRAMS:
            (programs / name).write_text("#!/bin/sh\n")
            (programs / name).chmod(0o755)
        patch.setenv("PATH", str(programs))

        def attempt(_: Pulumi, *arguments: str, cwd: Path, given: str | None = None) -> Done:
            return self.answer("pulumi", arguments)

        def attempt_logged(_: Pulumi, log: Path, *arguments: str, cwd: Path, given: Path | None = None) -> Done:
            return self.answer("pulumi", arguments)

        def run(argv: Sequence[str], **_: Any) -> Done:
            return self.answer("kubectl", argv[1:])

        patch.setattr(Pulumi, "attempt", attempt)
        patch.setattr(Pulumi, "attempt_logged", attempt_logged)
        patch.setattr(kubectl, "subprocess", SimpleNamespace(run=run))

    def answer(self, program: str, arguments: Sequence[str]) -> Done:
        """Return what a command prints, and change the homelab as the command does."""
        words = [each for each in arguments if each not in ("--color", "never")]
        for prefix, (code, error) in self.failures.items():
            if " ".join([program, *words]).startswith(prefix):
                return Done(code, "", f"{error}\n")
        return Done(0, self._output(program, words), "")

    def _output(self, program: str, arguments: list[str]) -> str:
        match program, arguments:
            case "pulumi", ["stack", "--show-name", *_]:
                return "homelab"
            case "pulumi", ["config", "--json", *_]:
                config = {f"homelab:{key}": {"value": _as_text(value)} for key, value in self.config.items()}
                return json.dumps(config)
            case "pulumi", ["stack", "export", *_]:
                return json.dumps({"deployment": {"resources": self._resources()}})
            case "pulumi", ["stack", "import", *_]:
                self.state_key = OLD_KEY
            case "pulumi", ["up", *options]:
                if "--target-replace" in options:
                    self.state_key = NEW_KEY
                self.cluster_key = self.state_key
            case "kubectl", ["get", "secret", *_]:
                return json.dumps({"data": {"ENCRYPTION_KEY": _base64(self.cluster_key)}})
            case "kubectl", ["get", "deployments", *_]:
                return json.dumps({"items": self._deployments()})
            case "kubectl", ["get", "pods", *_]:
                return json.dumps({"items": [{}] * (self.replicas or 0)})
            case "kubectl", ["scale", *options]:
                self.replicas = int(options[-1].partition("=")[2])
        return ""

    def _resources(self) -> list[dict[str, Any]]:
        provider = {"token": self.token} if self.token else {}
        return [
            {
                "type": kind,
                "urn": f"urn:pulumi:homelab::homelab::{kind}::{name}",
                "inputs": INPUTS.get(kind, {}) | (provider if kind.startswith("pulumi:providers") else {}),
                "outputs": {"output": self.state_key},
            }
            for kind, name in self.resources.items()
        ]

    def _deployments(self) -> list[dict[str, Any]]:
        replicas = self.replicas
        if replicas is None:
            return []
        status = {"observedGeneration": 1, "readyReplicas": replicas, "updatedReplicas": replicas}
        return [{"metadata": {"name": "infisical", "generation": 1}, "spec": {"replicas": replicas}, "status": status}]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
