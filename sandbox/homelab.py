"""The sandbox of one checkout: the tool chain, the control plane, and the homelab's stack on it."""

from __future__ import annotations

import hashlib
import json
import secrets
import shutil
import uuid
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import yaml

from sandbox.controlplane import Binaries, ControlPlane, PlaneStatus, ensure_foreign, foreign_namespaces
from sandbox.private_file import write_private
from sandbox.stack import Workspace
from sandbox.stack.config import Derived, StackFile, derive_stack_file
from sandbox.stack.recovery import end_holders, forget_creates, release_lock
from sandbox.stack.signals import run_in_foreground
from sandbox.toolchain import Tools, ensure_tools
from sandbox.toolchain.cache import cache_root, locked
from sandbox.toolchain.progress import Reporter

STACK = "sandbox"

# Secrets that the homelab's owner sets by hand; here they are throw-away values.
THROW_AWAY: dict[str, Callable[[], str]] = {
    "homelab:infisicalMachineIdentityClientId": lambda: str(uuid.uuid4()),
    "homelab:infisicalMachineIdentityClientSecret": lambda: secrets.token_hex(32),
    "homelab:argocdOidcClientSecret": lambda: secrets.token_hex(32),
}

# To show and to end processes, what they run is of no interest.
_NO_BINARIES = Binaries(*[Path("/nonexistent")] * 4)


@dataclass(frozen=True)
class Sandbox:
    """A sandbox that is set up: everything that `pulumi` needs is in place."""

    tools: Tools
    plane: ControlPlane
    workspace: Workspace
    derived: Derived


class Homelab:
    """
    The sandbox of one checkout; its files are in `.sandbox/` and `Pulumi.sandbox.yaml`.

    :param checkout: the folder with `Pulumi.yaml` and `Pulumi.homelab.yaml`
    """

    def __init__(self, checkout: Path, reporter: Reporter) -> None:
        self.checkout = checkout.absolute()
        self.directory = self.checkout / ".sandbox"
        self.kubeconfig = self.directory / "kubeconfig"
        self._reporter = reporter
        self._plane_directory = self.directory / "controlplane"
        self._declared = StackFile(self.checkout / "Pulumi.homelab.yaml")
        self._stack_file = StackFile(self.checkout / f"Pulumi.{STACK}.yaml")
        self._derived_file = StackFile(self.directory / "derived.yaml")
        # Outside the folder, which comes and goes under the lock.
        key = hashlib.sha256(str(self.checkout.resolve()).encode()).hexdigest()[:12]
        self._lock = cache_root() / f"checkout-{key}.lock"
        self._secrets_given = self.directory / "secrets-given"

    def alone(self) -> AbstractContextManager[None]:
        """One command at a time works on the sandbox; a second one waits and says so."""
        return locked(self._lock, self._reporter.say, "another command on this sandbox")

    def tools(self) -> Tools:
        """The tool chain alone."""
        return ensure_tools(self._reporter, ours=[self.directory])

    def set_up(self) -> Sandbox:
        """
        All of it: tool chain, control plane, what belongs to others, stack and config. Quick when all is there.

        :raises SandboxError: something cannot be had or started
        """
        tools = self.tools()
        self.directory.mkdir(mode=0o700, exist_ok=True)
        plane = ControlPlane(self._plane_directory, tools.binaries, self.kubeconfig)
        namespaces = foreign_namespaces(self._declared.path)
        with self._reporter.quick_stage("control plane"):
            plane.start()
        with self._reporter.quick_stage("definitions and namespaces of others"):
            ensure_foreign(plane, tools.crds, namespaces)
        workspace = self._workspace(tools)
        workspace.ensure(self._reporter)
        write_private(self.directory / "env", workspace.to_source())
        return Sandbox(tools, plane, workspace, self._stack(workspace))

    def pulumi(self, sandbox: Sandbox, *arguments: str) -> int:
        """Run pulumi on the stack in the foreground; gives its exit code."""
        argv = [str(sandbox.workspace.bin / "pulumi"), *arguments]
        return run_in_foreground(argv, self.checkout, sandbox.workspace.environment())

    def last_changes(self, sandbox: Sandbox) -> dict[str, int]:
        """What the last update did: operation → number of resources."""
        shown = sandbox.workspace.run("stack", "history", "--json", "--page-size", "1", cwd=self.checkout)
        history = json.loads(shown or "[]")
        return dict(history[0].get("resourceChanges") or {}) if history else {}

    def status(self) -> PlaneStatus:
        """What runs; nothing is started, built or looked for."""
        return self._known_plane().status()

    def remove(self) -> bool:
        """Stop what runs and remove every file of the sandbox; the cache stays. True when there was something."""
        existed = self.directory.exists() or self._stack_file.path.exists()
        end_holders(self.directory / "state", self._reporter)
        self._known_plane().remove()
        shutil.rmtree(self.directory, ignore_errors=True)
        self._stack_file.path.unlink(missing_ok=True)
        self._lock.unlink(missing_ok=True)
        return existed

    def _workspace(self, tools: Tools) -> Workspace:
        return Workspace(self.directory, tools, self.kubeconfig, STACK)

    def _known_plane(self) -> ControlPlane:
        """The control plane by its files alone."""
        return ControlPlane(self._plane_directory, _NO_BINARIES, self.kubeconfig)

    def _stack(self, workspace: Workspace) -> Derived:
        project = yaml.safe_load((self.checkout / "Pulumi.yaml").read_text())["name"]
        if not self._derived_file.path.exists() and self._stack_file.path.exists():
            # Of a sandbox that was removed by hand: its secrets' passphrase is lost.
            self._stack_file.path.unlink()
        if not self._stack_file.path.exists():
            self._secrets_given.unlink(missing_ok=True)
        derived = derive_stack_file(self._declared, self._stack_file, self._derived_file)
        release_lock(workspace, self.checkout, project, self._reporter)
        checkpoint = workspace.state / ".pulumi" / "stacks" / project / f"{STACK}.json"
        if not checkpoint.exists():
            workspace.run("stack", "init", STACK, cwd=self.checkout)
        self._throw_away_secrets(workspace)
        forget_creates(workspace, self.checkout, checkpoint, self._reporter)
        return derived

    def _throw_away_secrets(self, workspace: Workspace) -> None:
        """Set each of them once: one that the user removes stays removed."""
        if self._secrets_given.exists():
            return
        for key, make in THROW_AWAY.items():
            if key not in self._stack_file.config():
                workspace.run("config", "set", "--secret", key, cwd=self.checkout, given=make())
        self._secrets_given.touch(mode=0o600)
