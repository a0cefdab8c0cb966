"""A homelab that tests deploy, change and read."""

from __future__ import annotations

import base64
import copy
import re
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.cluster import Cluster
from sandbox.stack.project import write_project
from tests import pulumi_state
from tests.homelab.objects import Object, Objects
from tooling.stack import Workspace
from tooling.yaml_text import dump_yaml

STACK = "test"

FROM_CONFIG = (
    "OPENROUTER_API_KEY",
    "GEMINI_API_KEY",
    "GITHUB_TOKEN",
    "DISCORD_BOT_TOKEN",
    "DISCORD_WEBHOOK_DEUTSCH",
    "DISCORD_WEBHOOK_ENGLISH",
    "DISCORD_WEBHOOK_ALERTS",
)
"""The keys of `Pulumi.homelab.yaml` whose values are in the stack config."""
RANDOM_PASSWORD = "random:index/randomPassword:RandomPassword"

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


@dataclass(frozen=True)
class Saved:
    """A stack: its declaration, its encrypted values, and a copy of the backend."""

    config: dict[str, Any]
    credentials: dict[str, str]
    values: dict[str, str]
    backend: Path


class Homelab:
    """
    The program of this checkout, with its own stack.

    `config` is the stack's declaration: change it, then call `declare`. `said` has the output of all pulumi commands.
    This process writes the stack file: a `pulumi config set` for each value would take a second.
    """

    def __init__(
        self, cluster: Cluster, workspace: Workspace, project: Path, config: dict[str, Any], stack: str = STACK
    ) -> None:
        self.stack = stack
        self.plane = cluster
        self.workspace = workspace
        self.project = project
        self.config = config
        self.said: list[str] = []
        self.credentials: dict[str, str] = {}
        self.values: dict[str, str] = {}
        self._objects = Objects(cluster.plane)
        self._cipher = pulumi_state.Cipher(workspace.passphrase.read_text())
        write_project(project, stack, config)
        self.declare()
        self.run("stack", "init", stack)

    @property
    def stack_file(self) -> Path:
        return self.project / f"Pulumi.{self.stack}.yaml"

    @property
    def checkpoint(self) -> Path:
        """The file with the state."""
        return pulumi_state.checkpoint(self.workspace.state, "homelab", self.stack)

    def close(self) -> None:
        self._objects.close()

    def save(self, folder: Path) -> Saved:
        """:param folder: for the copy of the backend"""
        shutil.copytree(self.workspace.state, folder)
        return Saved(copy.deepcopy(self.config), dict(self.credentials), dict(self.values), folder)

    def load(self, saved: Saved) -> None:
        """Continue with a stack that was saved."""
        shutil.rmtree(self.workspace.state)
        shutil.copytree(saved.backend, self.workspace.state)
        self.config = copy.deepcopy(saved.config)
        self.credentials, self.values = dict(saved.credentials), dict(saved.values)
        self.said.clear()
        self.declare()

    def declare(self) -> None:
        """Write `config` and all secrets to the stack file."""
        config = dict(self.config)
        config |= {f"homelab:{key}": self._cipher.secure(value) for key, value in self.credentials.items()}
        if self.values:
            config["homelab:values"] = {key: self._cipher.secure(value) for key, value in self.values.items()}
        content = {"encryptionsalt": self._cipher.salt, "config": config}
        self.stack_file.write_text(dump_yaml(content))

    def set_secret(self, key: str, value: str) -> None:
        """Set a secret of the stack config."""
        self.credentials[key] = value
        self.declare()

    def remove_secret(self, key: str) -> None:
        del self.credentials[key]
        self.declare()

    def set_value(self, key: str, value: str) -> None:
        """Set the value of an app's key in the stack config."""
        self.values[key] = value
        self.declare()

    def remove_value(self, key: str) -> None:
        del self.values[key]
        self.declare()

    def rotate(self, *names: str, trigger: str) -> None:
        """Set the trigger of some values."""
        self.config["homelab:rotations"] = {**self.config.get("homelab:rotations", {}), **dict.fromkeys(names, trigger)}
        self.declare()

    def remove_triggers(self, *names: str) -> None:
        """Remove the triggers of some values, or all of them."""
        triggers = self.config.pop("homelab:rotations")
        left = {name: trigger for name, trigger in triggers.items() if names and name not in names}
        self.config |= {"homelab:rotations": left} if left else {}
        self.declare()

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
            what an owner meets use it, such as the first `up`
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
        return pulumi_state.outputs(self.checkpoint)

    def state(self) -> dict[str, Any]:
        """The state as `pulumi stack export` shows it, secrets encrypted."""
        return pulumi_state.state(self.checkpoint)

    def resources_in_clear(self) -> list[dict[str, Any]]:
        """The resources in the state, secrets in clear."""
        found: list[dict[str, Any]] = self._cipher.in_clear(self.state()["deployment"].get("resources") or [])
        return found

    def generated(self, name: str) -> str:
        """The value that a RandomPassword has in the state."""
        (found,) = [each for each in self._of_type(RANDOM_PASSWORD) if each["urn"].endswith(f"::{name}")]
        value: str = pulumi_state.unmarked(self._cipher.in_clear(found["outputs"]["result"]))
        return value

    def object(self, kind: str, name: str, namespace: str | None = None) -> Object:
        """One object, read from the API server."""
        found = self._objects.find(kind, name, namespace)
        assert found is not None, f"{kind} {namespace}/{name} does not exist"
        return found

    def objects(self, kind: str) -> dict[str, Object]:
        """Every object of a kind by `namespace/name`, or by name if it has no namespace."""
        return {
            "/".join(filter(None, (item["metadata"].get("namespace"), item["metadata"]["name"]))): item
            for item in self._objects.list(kind)
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

    def _of_type(self, kind: str) -> list[dict[str, Any]]:
        resources = self.state()["deployment"].get("resources") or []
        return [each for each in resources if each["type"] == kind]


def changed(before: Mapping[str, str], after: Mapping[str, str]) -> set[str]:
    """The names whose value was added, changed or removed."""
    return {name for name in {*before, *after} if before.get(name) != after.get(name)}
