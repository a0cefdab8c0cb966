"""Runs the rotation command on a homelab as a process that can be killed, and reads what the rotation must keep."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sandbox.cluster import Cluster
from tests.checkout import CHECKOUT
from tests.homelab.deployment import EXTERNAL_SECRET, STACK, Homelab, Run
from tests.homelab.owner import Owner
from tests.waiting import eventually
from tests.warm import cold
from tooling.stack.locks import lock_folder, locks

POLL_SECONDS = 0.01

HIDDEN = "canary-set-by-hand-in-the-ui"
ADDITIONAL = {
    ("prod", "/"): {"CHANGED": "canary-changed", "MULTILINE": "canary-line-1\ncanary-line-2\n", "EMPTY": ""},
    ("prod", "/apps/web"): {"TOKEN": "canary-in-a-folder", "REFERENCE": "x-${prod.CHANGED}-canary"},
    ("dev", "/"): {"TOKEN": "canary-of-dev"},
}
"""Secrets of the project that no app reads, by environment and folder."""


@dataclass(frozen=True)
class Content:
    """
    Everything that a rotation must keep.

    :param secrets: all secrets of the project by folder and name, with comments and metadata
    :param delivered: the Secret of each app
    """

    secrets: dict[str, Any] = field(repr=False)
    delivered: dict[str, dict[str, str]] = field(repr=False)


class Rotator:
    """
    The homelab, its cluster and the command.

    `said` has the output of each run, and `keys` every ENCRYPTION_KEY that was read.
    """

    def __init__(self, homelab: Homelab, cluster: Cluster) -> None:
        self.homelab = homelab
        self.cluster = cluster
        self.said: list[str] = []
        self.keys: set[str] = set()

    @property
    def folder(self) -> Path:
        """The folder of all rotations of the stack."""
        return self.homelab.project / ".rotation" / STACK

    def fill(self) -> None:
        """Create in Infisical, by hand, what no `up` creates."""
        owner = Owner(self.homelab)
        owner.set("GRAFANA_OAUTH_CLIENT_SECRET", HIDDEN)
        owner.set("AUTHENTIK_BOOTSTRAP_TOKEN", "canary-changed-in-the-ui")
        project = f"/api/v1/projects/{owner.project_id}"
        owner.call("POST", f"{project}/environments", name="Development", slug="dev")
        for name, path in (("apps", "/"), ("web", "/apps"), ("empty", "/apps")):
            owner.call("POST", "/api/v2/folders", projectId=owner.project_id, environment="prod", name=name, path=path)
        for (environment, path), values in ADDITIONAL.items():
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
        """ENCRYPTION_KEY in the Secret that Infisical starts with."""
        key = self.homelab.secret("infisical", "infisical-secrets")["ENCRYPTION_KEY"]
        self.keys.add(key)
        return key

    def kept_key(self) -> str:
        """ENCRYPTION_KEY in the stack's state."""
        (stash,) = (
            resource
            for resource in self.homelab.resources_in_clear()
            if resource["type"] == "pulumi:index:Stash" and resource["urn"].endswith("::infisical-encryption-key")
        )
        return str(json.loads(stash["outputs"]["output"]["plaintext"]))

    def content(self) -> Content:
        owner = Owner(self.homelab)
        secrets: dict[str, Any] = {}
        for environment, path in (*ADDITIONAL, ("prod", "/apps"), ("prod", "/apps/empty")):
            place = {"workspaceId": owner.project_id, "environment": environment, "secretPath": path}
            listed = owner.client.get("/api/v3/secrets/raw", params=place).json()["secrets"]
            secrets[f"{environment}:{path}"] = {
                each["secretKey"]: (each["secretValue"], each["secretComment"], each["secretMetadata"])
                for each in listed
            }
        names = [name.split("/") for name in self.homelab.objects(EXTERNAL_SECRET)]
        return Content(secrets, {name: self.homelab.secret(namespace, name) for namespace, name in names})

    def ready(self) -> dict[str, str]:
        """The status of each ExternalSecret's Ready condition."""
        return {
            name: next(c["status"] for c in item["status"]["conditions"] if c["type"] == "Ready")
            for name, item in self.homelab.objects(EXTERNAL_SECRET).items()
        }

    def is_paused(self) -> bool:
        """Whether the Application has the annotation that pauses Argo CD."""
        metadata = self.homelab.object("application.argoproj.io", "infisical", "argocd")["metadata"]
        return "argocd.argoproj.io/skip-reconcile" in metadata["annotations"]

    def run(self, *arguments: str, given: str = "") -> Run:
        """Run the command to its end."""
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
        """Run a confirmed rotation, which must succeed."""
        run = self.run("--confirm", STACK)
        assert run.code == 0, run.output
        return run

    def undo(self) -> Run:
        """Run an undo, which must succeed."""
        run = self.run("--undo")
        assert run.code == 0, run.output
        return run

    def kill(self, *arguments: str, when: Callable[[dict[str, Any]], bool], whole: bool = True) -> None:
        """
        Run the command, and kill it as soon as its journal meets a condition.

        :param whole: also kill every process that it started
        """
        output = self.homelab.project / "output"
        with output.open("wb") as file:
            process = subprocess.Popen(
                self._argv(*arguments),
                cwd=CHECKOUT,
                env=cold(self._environment()),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                start_new_session=True,
            )
        eventually(
            lambda: when(self.journal()) or process.poll() is not None,
            "the rotation is where it is killed",
            poll_seconds=POLL_SECONDS,
        )
        assert process.poll() is None, f"it ended before it was killed:\n{output.read_text()}"
        if whole:
            os.killpg(process.pid, signal.SIGKILL)
        else:
            process.kill()
        process.wait()
        self.said.append(output.read_text())

    def is_locked(self) -> bool:
        """Whether the stack is locked, by a running or a killed pulumi."""
        return bool(locks(lock_folder(self.homelab.workspace.state, "homelab", STACK)))

    def project_id(self) -> str:
        return Owner(self.homelab).project_id

    def journal(self) -> dict[str, Any]:
        """The journal of the last rotation; empty before the first one."""
        found = sorted(self.folder.glob("*/journal.json"))
        journal: dict[str, Any] = json.loads(found[-1].read_text()) if found else {}
        return journal

    def _argv(self, *arguments: str) -> list[str]:
        command = [sys.executable, "-m", "operations", "rotate-encryption-key"]
        return [*command, "--project", str(self.homelab.project), "--stack", STACK, *arguments]

    def _environment(self) -> dict[str, str]:
        return self.homelab.workspace.environment()


def at(step: str) -> Callable[[dict[str, Any]], bool]:
    """A condition: a rotation is in progress and has begun this step."""
    return lambda journal: not journal.get("outcome", "none yet") and step in journal["begun"]


def differences(one: Content, other: Content) -> list[str]:
    """The places where two contents differ, without values."""
    return [
        f"{part} {name}"
        for part in ("secrets", "delivered")
        for name in dataclasses.asdict(one)[part].keys() | dataclasses.asdict(other)[part].keys()
        if dataclasses.asdict(one)[part].get(name) != dataclasses.asdict(other)[part].get(name)
    ]
