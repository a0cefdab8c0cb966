"""A homelab that tests deploy, change and read."""

from __future__ import annotations

import base64
import json
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from sandbox.cluster import Cluster
from sandbox.controlplane import ControlPlane
from sandbox.stack.project import write_project
from tooling.stack import Workspace

STACK = "test"

_DONE = re.compile(r"^\s+\S+ (\d+) (created|updated|deleted|replaced)$", re.MULTILINE)

EXTERNAL_SECRET = "externalsecrets.external-secrets.io"


@dataclass(frozen=True)
class Run:
    """The output and the exit code of one pulumi command."""

    code: int
    output: str

    @property
    def changes(self) -> dict[str, int]:
        """The counts in the summary: created, updated, deleted, replaced."""
        return {what: int(count) for count, what in _DONE.findall(self.output)}


class Homelab:
    """
    The program of this checkout, with its own stack.

    `config` is the stack's declaration: change it, then call `declare`. `said` has the output of all pulumi commands.
    """

    def __init__(
        self, plane: ControlPlane | Cluster, workspace: Workspace, project: Path, config: dict[str, Any]
    ) -> None:
        self.plane = plane
        self.workspace = workspace
        self.project = project
        self.config = config
        self.said: list[str] = []
        self.credentials: dict[str, str] = {}
        write_project(project, STACK, config)
        self.run("stack", "init", STACK)

    @property
    def stack_file(self) -> Path:
        return self.project / f"Pulumi.{STACK}.yaml"

    def declare(self) -> None:
        """Write `config` to the stack file. Values from `set_secret` stay."""
        content = yaml.safe_load(self.stack_file.read_text())
        encrypted = {key: value for key, value in content["config"].items() if key not in self.config}
        content["config"] = {**self.config, **encrypted}
        self.stack_file.write_text(yaml.safe_dump(content, sort_keys=False))

    def set_secret(self, key: str, value: str) -> None:
        """Set a secret of the stack config."""
        self.credentials[key] = value
        self.run("config", "set", "--secret", f"homelab:{key}", given=value)

    def set_value(self, key: str, value: str) -> None:
        """Set the value of an app's key whose source is the stack config."""
        self.run("config", "set", "--secret", "--path", f"homelab:values.{key}", given=value)

    def remove_secret(self, key: str) -> None:
        self.run("config", "rm", f"homelab:{key}")

    def set_credentials(self) -> None:
        """Set the credentials of a running homelab: those of the operator and of Argo CD."""
        for key in (
            "infisicalMachineIdentityClientId",
            "infisicalMachineIdentityClientSecret",
            "argocdOidcClientSecret",
        ):
            self.set_secret(key, f"canary-{secrets.token_hex(16)}")

    def up(self, *arguments: str, previewed: bool = False) -> Run:
        """
        Run `pulumi up`, which must succeed.

        :param previewed: run the preview first, as `pulumi up` does by default. It doubles the time, so only tests of
            what an owner meets use it, such as the first `up` and each `up` after a failure
        """
        return self.run("up", "--yes", *([] if previewed else ["--skip-preview"]), *arguments)

    def run(self, *arguments: str, given: str | None = None) -> Run:
        """Run a pulumi command, which must succeed."""
        run = self.attempt(*arguments, given=given)
        assert run.code == 0, run.output
        return run

    def attempt(self, *arguments: str, given: str | None = None) -> Run:
        """Run a pulumi command, which may fail."""
        done = self.workspace.attempt(*arguments, cwd=self.project, given=given)
        output = done.stdout + done.stderr
        self.said.append(output)
        return Run(done.returncode, output)

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs, secrets masked."""
        outputs: dict[str, Any] = json.loads(self.run("stack", "output", "--json").output)
        return outputs

    def state(self) -> dict[str, Any]:
        """The exported state of the stack, secrets encrypted."""
        return self._exported("stack", "export")

    def object(self, kind: str, name: str, namespace: str | None = None) -> dict[str, Any]:
        """One object, read from the API server."""
        where = ["--namespace", namespace] if namespace else []
        found: dict[str, Any] = json.loads(self.plane.kubectl.run("get", kind, name, *where, "--output", "json"))
        return found

    def objects(self, kind: str) -> dict[str, dict[str, Any]]:
        """Every object of a kind by `namespace/name`, or by name if it has no namespace."""
        listed = json.loads(self.plane.kubectl.run("get", kind, "--all-namespaces", "--output", "json"))
        return {
            "/".join(filter(None, (item["metadata"].get("namespace"), item["metadata"]["name"]))): item
            for item in listed["items"]
        }

    def secret(self, namespace: str, name: str) -> dict[str, str]:
        """A Secret's data, decoded."""
        data: Mapping[str, str] = self.object("secret", name, namespace)["data"]
        return {key: base64.b64decode(value).decode() for key, value in data.items()}

    def versions(self) -> dict[str, str]:
        """The resourceVersion of every object that the program may touch."""
        kinds = ("namespaces", "secrets", "applications.argoproj.io", "clustersecretstores", EXTERNAL_SECRET)
        return {
            f"{kind} {name}": item["metadata"]["resourceVersion"]
            for kind in kinds
            for name, item in self.objects(kind).items()
        }

    def _exported(self, *arguments: str) -> dict[str, Any]:
        # Not kept in `said`, which is searched for secrets: this command is not part of any test.
        exported: dict[str, Any] = json.loads(self.workspace.run(*arguments, cwd=self.project))
        return exported
