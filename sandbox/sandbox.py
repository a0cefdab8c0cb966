"""The sandbox of one checkout: the tool chain, the control plane, and the homelab's stack on it."""

from __future__ import annotations

import hashlib
import json
import shutil
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from declaration.config_keys import DERIVED_FROM
from sandbox.cluster import Cluster, ClusterStatus
from sandbox.controlplane import prerequisite_namespaces
from sandbox.declared import declared_apps, declared_argocd, read_config, with_inline_apps
from sandbox.external_secrets import ExternalSecret, external_secrets
from sandbox.infisical.database_commands import database_commands
from sandbox.stack.app_files import move_to_files
from sandbox.stack.differences import Config, on_this_machine
from sandbox.stack.recovery import end_holders, forget_creates, release_lock
from sandbox.stack.settings import problems_of_settings
from sandbox.stack.signals import run_in_foreground
from sandbox.stack.stand_ins import StandIn, ensure_stand_ins, stand_ins
from sandbox.stack.throw_away import ensure_throw_away_secrets
from tooling.errors import StackError
from tooling.kubernetes.kubectl import Kubectl
from tooling.private_file import write_private
from tooling.stack import Workspace
from tooling.stack.config import Derived, StackFile, derive_stack_file
from tooling.stack.declared import checked, problems_text, read_declaration
from tooling.toolchain import Tools, ensure_tools
from tooling.toolchain.cache import cache_root, locked
from tooling.toolchain.progress import Reporter

STACK = "sandbox"


@dataclass(frozen=True)
class PreparedSandbox:
    """What `Sandbox.set_up` returns: everything that `pulumi` needs is in place."""

    tools: Tools
    cluster: Cluster
    workspace: Workspace
    derived: Derived
    stand_ins: tuple[StandIn, ...]


class Sandbox:
    """
    The sandbox of one checkout; its files are in `.sandbox/` and `Pulumi.sandbox.yaml`.

    :param checkout: the folder with `Pulumi.yaml` and `Pulumi.homelab.yaml`
    """

    def __init__(self, checkout: Path, reporter: Reporter) -> None:
        self.checkout = checkout.absolute()
        self.directory = self.checkout / ".sandbox"
        self.kubeconfig = self.directory / "kubeconfig"
        self._reporter = reporter
        self._declared = StackFile(self.checkout / "Pulumi.homelab.yaml")
        self._stack_file = StackFile(self.checkout / f"Pulumi.{STACK}.yaml")
        self._derived_file = StackFile(self.directory / "derived.yaml")
        # Outside the folder, because the folder is created and removed under the lock.
        key = hashlib.sha256(str(self.checkout.resolve()).encode()).hexdigest()[:12]
        self._lock = cache_root() / f"checkout-{key}.lock"
        self._secrets_given = self.directory / "secrets-given"

    def alone(self) -> AbstractContextManager[None]:
        """The lock of the sandbox: a second command waits and prints that it does."""
        return locked(self._lock, self._reporter.say, "another command on this sandbox")

    def tools(self) -> Tools:
        """The tool chain alone."""
        return ensure_tools(self._reporter, ours=[self.directory])

    def check(self) -> None:
        """
        Check the declaration, before anything is built or started.

        :raises StackError: it has errors; with all of them, and the file to edit
        """
        checked(read_declaration(self.checkout, "homelab"))
        if self._stack_file.path.exists():
            declared = read_config(self._declared.path)
            problems = problems_of_settings(
                self.checkout, declared, self._stack_file.config(), self._derived_file.config()
            )
            if problems:
                raise StackError(problems_text(self._stack_file.path.name, problems))

    def set_up(self) -> PreparedSandbox:
        """
        Set up the tool chain, the cluster with its prerequisites, the stack and its config.

        :raises ToolingError: a program is not available, or did not start
        """
        tools = self.tools()
        self.directory.mkdir(mode=0o700, exist_ok=True)
        namespaces = prerequisite_namespaces(self._declared.path)
        config = read_config(self._declared.path)
        cluster = Cluster(
            self.directory,
            tools,
            self.kubeconfig,
            namespaces=namespaces,
            argocd_namespace=declared_argocd(config).namespace,
            apps=len(declared_apps(config) or ()),
        )
        cluster.start(self._reporter)
        replaced = stand_ins(secret for app in declared_apps(config) or () for secret in app.secrets)
        ensure_stand_ins(cluster.kubectl, replaced)
        workspace = self._workspace(tools)
        workspace.ensure(self._reporter)
        write_private(self.directory / "env", workspace.to_source())
        return PreparedSandbox(tools, cluster, workspace, self._stack(workspace, cluster), replaced)

    def pulumi(self, prepared: PreparedSandbox, *arguments: str) -> int:
        """Run pulumi on the stack in the foreground and return its exit code."""
        argv = [str(prepared.workspace.bin / "pulumi"), *arguments]
        return run_in_foreground(argv, self.checkout, prepared.workspace.environment())

    def last_changes(self, prepared: PreparedSandbox) -> dict[str, int]:
        """What the last update did: operation → number of resources."""
        shown = prepared.workspace.run("stack", "history", "--json", "--page-size", "1", cwd=self.checkout)
        history = json.loads(shown or "[]")
        return dict(history[0].get("resourceChanges") or {}) if history else {}

    def state(self, prepared: PreparedSandbox) -> Any:
        """The stack's exported state. It holds the secrets in plain text: never print it."""
        return json.loads(prepared.workspace.run("stack", "export", "--show-secrets", cwd=self.checkout))

    def status(self) -> ClusterStatus:
        """What runs. Starts and builds nothing."""
        return self._known_cluster().status()

    def external_secrets(self) -> list[ExternalSecret]:
        """All ExternalSecrets with their status; the control plane must run. Empty before the first set-up."""
        program = self.directory / "bin" / "kubectl"
        return external_secrets(Kubectl.isolated(program, self.kubeconfig)) if program.exists() else []

    def remove(self) -> bool:
        """Stop what runs and remove every file of the sandbox; the cache stays. True when there was something."""
        existed = self.directory.exists() or self._stack_file.path.exists()
        end_holders(self.directory / "state", self._reporter)
        self._known_cluster().remove()
        shutil.rmtree(self.directory, ignore_errors=True)
        self._stack_file.path.unlink(missing_ok=True)
        self._lock.unlink(missing_ok=True)
        return existed

    def _workspace(self, tools: Tools) -> Workspace:
        variables = {DERIVED_FROM: self._declared.path.name}
        return Workspace(self.directory, tools, self.kubeconfig, STACK, variables=variables)

    def _known_cluster(self) -> Cluster:
        """The cluster by its files alone."""
        return Cluster(self.directory, None, self.kubeconfig)

    def _stack(self, workspace: Workspace, cluster: Cluster) -> Derived:
        project = StackFile(self.checkout / "Pulumi.yaml").read()["name"]
        if not self._derived_file.path.exists() and self._stack_file.path.exists():
            # Left over from a sandbox that was removed by hand: the passphrase of its secrets is lost.
            self._stack_file.path.unlink()
        if not self._stack_file.path.exists():
            self._secrets_given.unlink(missing_ok=True)

        def differing(declared: Config) -> Config:
            inline, in_files = with_inline_apps(declared, self._declared.path)
            here = on_this_machine(inline, cluster.infisical_url, database_commands(cluster.postgres))
            return move_to_files(here, in_files, self.checkout, self.directory / "apps")

        derived = derive_stack_file(self._declared, self._stack_file, self._derived_file, differing)
        release_lock(workspace, self.checkout, project, self._reporter)
        checkpoint = workspace.state / ".pulumi" / "stacks" / project / f"{STACK}.json"
        if not checkpoint.exists():
            workspace.run("stack", "init", STACK, cwd=self.checkout)
        ensure_throw_away_secrets(workspace, self._stack_file, self._secrets_given, self._reporter)
        forget_creates(workspace, self.checkout, checkpoint, self._reporter)
        return derived
