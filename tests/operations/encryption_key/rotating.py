"""A homelab whose ENCRYPTION_KEY is rotated: the command as a process that can be killed, and what it must keep."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.cluster import Cluster
from tests.homelab.deployment import EXTERNAL_SECRET, STACK, Homelab, Run
from tests.homelab.owner import Owner
from tooling.stack.locks import lock_folder, locks

CHECKOUT = Path(__file__).parent.parent.parent.parent
DEADLINE_SECONDS = 600.0
POLL_SECONDS = 0.01

HIDDEN = "canary-set-by-hand-in-the-ui"
BESIDE = {
    ("prod", "/"): {"CHANGED": "canary-changed", "MULTILINE": "canary-line-1\ncanary-line-2\n", "EMPTY": ""},
    ("prod", "/apps/web"): {"TOKEN": "canary-in-a-folder", "REFERENCE": "x-${prod.CHANGED}-canary"},
    ("dev", "/"): {"TOKEN": "canary-of-dev"},
}
"""What is in the project beside the apps' values, by environment and folder."""


@dataclass(frozen=True)
class Held:
    """
    What a homelab holds, to be compared: all secrets of the project by place and name, with comments and metadata, and
    each app's Secret.
    """

    secrets: dict[str, Any] = field(repr=False)
    delivered: dict[str, dict[str, str]] = field(repr=False)


class Rotating:
    """
    The homelab, its cluster, and the command. `said` is what the command printed, each time, and `keys` are those that
    were seen.
    """

    def __init__(self, homelab: Homelab, cluster: Cluster) -> None:
        self.homelab = homelab
        self.cluster = cluster
        self.said: list[str] = []
        self.keys: set[str] = set()

    @property
    def folder(self) -> Path:
        """Of all rotations of the stack."""
        return self.homelab.project / ".rotation" / STACK

    def fill(self) -> None:
        """Put into Infisical by hand what no `up` does."""
        owner = Owner(self.homelab)
        owner.set("GRAFANA_OAUTH_CLIENT_SECRET", HIDDEN)
        owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", "canary-changed-in-the-ui")
        project = f"/api/v1/projects/{owner.project_id}"
        owner.call("POST", f"{project}/environments", name="Development", slug="dev")
        for name, path in (("apps", "/"), ("web", "/apps"), ("empty", "/apps")):
            owner.call("POST", "/api/v2/folders", projectId=owner.project_id, environment="prod", name=name, path=path)
        for (environment, path), values in BESIDE.items():
            for name, value in values.items():
                owner.call(
                    "POST",
                    f"/api/v4/secrets/{name}",
                    projectId=owner.project_id,
                    environment=environment,
                    secretPath=path,
                    secretValue=value,
                    secretComment=f"comment-of-{name.lower()}",
                    secretMetadata=[{"key": "origin", "value": "by hand"}],
                )

    def key(self) -> str:
        """ENCRYPTION_KEY as Infisical gets it."""
        key = self.homelab.secret("infisical", "infisical-secrets")["ENCRYPTION_KEY"]
        self.keys.add(key)
        return key

    def kept_key(self) -> str:
        """ENCRYPTION_KEY as the state keeps it."""
        exported = self.homelab.workspace.run("stack", "export", "--show-secrets", cwd=self.homelab.project)
        (stash,) = (
            resource
            for resource in json.loads(exported)["deployment"]["resources"]
            if resource["type"] == "pulumi:index:Stash" and resource["urn"].endswith("::infisical-encryption-key")
        )
        return str(json.loads(stash["outputs"]["output"]["plaintext"]))

    def held(self) -> Held:
        owner = Owner(self.homelab)
        secrets: dict[str, Any] = {}
        for environment, path in (*BESIDE, ("prod", "/apps"), ("prod", "/apps/empty")):
            place = {"workspaceId": owner.project_id, "environment": environment, "secretPath": path}
            listed = owner.client.get("/api/v3/secrets/raw", params=place).json()["secrets"]
            secrets[f"{environment}:{path}"] = {
                each["secretKey"]: (each["secretValue"], each["secretComment"], each["secretMetadata"])
                for each in listed
            }
        names = [name.split("/") for name in self.homelab.objects(EXTERNAL_SECRET)]
        return Held(secrets, {name: self.homelab.secret(namespace, name) for namespace, name in names})

    def ready(self) -> dict[str, str]:
        """Whether each ExternalSecret is Ready."""
        return {
            name: next(c["status"] for c in item["status"]["conditions"] if c["type"] == "Ready")
            for name, item in self.homelab.objects(EXTERNAL_SECRET).items()
        }

    def is_paused(self) -> bool:
        """Whether Argo CD was told to leave the Application alone."""
        metadata = self.homelab.object("application.argoproj.io", "infisical", "argocd")["metadata"]
        return "argocd.argoproj.io/skip-reconcile" in metadata["annotations"]

    def run(self, *arguments: str, given: str = "") -> Run:
        """The command to its end."""
        done = subprocess.run(
            self._argv(*arguments),
            cwd=CHECKOUT,
            env=self._environment(),
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        self.said.append(done.stdout + done.stderr)
        return Run(done.returncode, done.stdout + done.stderr)

    def rotate(self) -> Run:
        """The command with the right name, which has to succeed."""
        run = self.run("--confirm", STACK)
        assert run.code == 0, run.output
        return run

    def undo(self) -> Run:
        """The command back, which has to succeed."""
        run = self.run("--undo")
        assert run.code == 0, run.output
        return run

    def killed(self, *arguments: str, when: Callable[[dict[str, Any]], bool], whole: bool = True) -> None:
        """
        The command, killed at once when its journal says so.

        :param whole: with every process that it started; else those go on without it
        """
        output = self.homelab.project / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                self._argv(*arguments),
                cwd=CHECKOUT,
                env=self._environment(),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        deadline = time.monotonic() + DEADLINE_SECONDS
        while not when(self.journal()):
            assert process.poll() is None, f"it ended before it was killed:\n{output.read_text()}"
            assert time.monotonic() < deadline, output.read_text()
            time.sleep(POLL_SECONDS)
        if whole:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        self.said.append(output.read_text())

    def is_locked(self) -> bool:
        """Whether a pulumi works on the stack, or was killed while it did."""
        return bool(locks(lock_folder(self.homelab.workspace.state, "homelab", STACK)))

    def project_id(self) -> str:
        return Owner(self.homelab).project_id

    def journal(self) -> dict[str, Any]:
        """The last rotation's; empty where there is none."""
        found = sorted(self.folder.glob("*/journal.json"))
        journal: dict[str, Any] = json.loads(found[-1].read_text()) if found else {}
        return journal

    def _argv(self, *arguments: str) -> list[str]:
        command = [sys.executable, "-m", "operations", "rotate-encryption-key"]
        return [*command, "--project", str(self.homelab.project), "--stack", STACK, *arguments]

    def _environment(self) -> dict[str, str]:
        return self.homelab.workspace.environment()


def at(step: str) -> Callable[[dict[str, Any]], bool]:
    """Whether a rotation that has not ended has begun this step."""
    return lambda journal: not journal.get("outcome", "none yet") and step in journal["begun"]


def difference(one: Held, other: Held) -> list[str]:
    """Where two differ, without a value."""
    return [
        f"{part} {name}"
        for part in ("secrets", "delivered")
        for name in dataclasses.asdict(one)[part].keys() | dataclasses.asdict(other)[part].keys()
        if dataclasses.asdict(one)[part].get(name) != dataclasses.asdict(other)[part].get(name)
    ]
