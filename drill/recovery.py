"""Recovers a backup on a sandbox of its own, in the order of the recovery sheet. Nothing of it stays."""

from __future__ import annotations

import base64
import contextlib
import json
import shutil
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from declaration import Homelab
from drill.database import RestoredDump, restore_dump
from drill.opened import Opened
from drill.stack_config import check_can_recover, on_drill
from drill.state import without_cluster
from operations.backup.parts.contents import STATE, VALUES, stack_file
from operations.errors import OperationError
from operations.values.access.login import API_URL, CLIENT_ID, CLIENT_SECRET
from sandbox.cluster import Cluster
from sandbox.controlplane import prerequisite_namespaces
from sandbox.declared import declared_apps, declared_argocd, with_inline_apps
from sandbox.stack.app_files import move_to_files
from sandbox.stack.project import write_project
from sandbox.stack.stand_ins import ensure_stand_ins, stand_ins
from tooling.private_file import write_private
from tooling.processes.run import run_tethered
from tooling.stack import Pulumi, PulumiFailed, Workspace
from tooling.stack.declared import checked, read_declaration
from tooling.stack.workspace import CHECKOUT
from tooling.toolchain import Tools
from tooling.toolchain.cache import cache_root, locked
from tooling.toolchain.progress import Reporter
from tooling.yaml_text import dump_yaml

LONGEST_SECONDS: Final = 3600.0
IMPORTED: Final = (0, 1)
"""The exit codes of import-values: everything was imported, or all but what no app declares."""

_UP: Final = ("up", "--yes", "--skip-preview")


@dataclass(frozen=True)
class Recovered:
    """A homelab on the drill's sandbox; it exists only inside the block of `recovered`."""

    homelab: Homelab[None]
    cluster: Cluster
    undeclared: int
    dump: RestoredDump | None

    def secrets(self) -> dict[tuple[str, str], dict[str, bytes]]:
        """By namespace and name, what each Secret of the cluster holds."""
        return {
            (each["metadata"]["namespace"], each["metadata"]["name"]): {
                key: base64.b64decode(value) for key, value in (each.get("data") or {}).items()
            }
            for each in self.cluster.kubectl.list("secrets")
        }


@contextlib.contextmanager
def place(reporter: Reporter) -> Iterator[Path]:
    """
    The drill's own private folder, for one drill at a time.

    It is removed after the block. What a killed drill left there is removed first; its processes ended with it.
    """
    folder = cache_root() / "drill"
    with locked(cache_root() / "drill.lock", reporter.say, "another drill"):
        _remove(folder)
        folder.mkdir(mode=0o700, parents=True)
        try:
            yield folder
        finally:
            _remove(folder)


@contextlib.contextmanager
def recovered(backup: Opened, project: Path, folder: Path, tools: Tools, reporter: Reporter) -> Iterator[Recovered]:
    """
    Recover the backup. Every process ends with this one, and at the latest after the block.

    :param project: the folder with the apps' files; only read
    :param folder: `place`
    :raises ToolingError: a program did not start, or `pulumi up` failed
    """
    name = stack_file(backup.stack)
    check_can_recover(name, backup.config)
    config, in_files = with_inline_apps(backup.config, project / name)
    # Only to read it: the namespaces that the owner's homelab has before the program runs.
    declared_only = folder / "declared"
    declared_only.mkdir(mode=0o700)
    write_private(declared_only / name, dump_yaml({"config": config}))
    secrets = [secret for app in declared_apps(config) or () for secret in app.secrets]
    cluster = Cluster(
        folder / "cluster",
        tools,
        namespaces=prerequisite_namespaces(declared_only / name),
        argocd_namespace=declared_argocd(config).namespace,
        apps=len(declared_apps(config) or ()),
        tethered=True,
    )
    try:
        cluster.start(reporter)
        ensure_stand_ins(cluster.kubectl, stand_ins(secrets))
        dump = None
        if backup.has_dump:
            with reporter.quick_stage("dump of the database"):
                dump = restore_dump(backup.folder, backup.keys, cluster.postgres)
        stack = _DrilledStack(backup, folder, tools, cluster, reporter)
        here = move_to_files(on_drill(config, cluster.infisical_url), in_files, stack.project, stack.project / "apps")
        stack.write(here)
        with reporter.quick_stage("state"):
            stack.restore()
        with reporter.quick_stage("pulumi up: everything but the values"):
            stack.up()
        with reporter.quick_stage("values"):
            undeclared = stack.import_values()
        with reporter.quick_stage("pulumi up: delivery of the values"):
            stack.up()
        yield Recovered(stack.homelab(), cluster, undeclared, dump)
    finally:
        cluster.remove()


class _DrilledStack:
    """The stack of the backup in a workspace of its own: state and passphrase are in the drill's folder."""

    def __init__(self, backup: Opened, folder: Path, tools: Tools, cluster: Cluster, reporter: Reporter) -> None:
        self.project = folder / "project"
        self._backup = backup
        self._folder = folder
        self._record = folder / "running"
        self._workspace = Workspace(folder / "workspace", tools, cluster.kubeconfig, backup.stack)
        self._workspace.directory.mkdir(mode=0o700)
        write_private(self._workspace.passphrase, backup.passphrase)
        self._workspace.ensure(reporter)

    def write(self, config: Mapping[str, Any]) -> None:
        """Write the stack file, with the owner's encrypted values."""
        write_project(self.project, self._backup.stack, config)
        content = {"encryptionsalt": self._backup.salt, "config": dict(config)}
        write_private(self.project / stack_file(self._backup.stack), dump_yaml(content))

    def restore(self) -> None:
        """Create the stack with the backup's state."""
        file = self._folder / STATE
        write_private(file, json.dumps(without_cluster(self._backup.state)))
        self._run("stack", "init", self._backup.stack)
        self._run("stack", "import", "--file", str(file))

    def up(self) -> None:
        self._run(*_UP)

    def import_values(self) -> int:
        """Write the backup's values to the fake Infisical, and return how many no app declares."""
        file = self._folder / VALUES
        write_private(file, self._backup.values_file)
        found = self._import(file)
        if different := [each["key"] for each in found["values"] if each["result"] == "different"]:
            self._import(file, *(word for key in different for word in ("--overwrite", key)))
        return len(found["notDeclared"])

    def homelab(self) -> Homelab[None]:
        return checked(read_declaration(self.project, self._backup.stack))

    def _import(self, file: Path, *options: str) -> dict[str, Any]:
        command = [sys.executable, "-m", "operations", "import-values", str(file), "--to", "infisical", "--yes"]
        own = ["--project", str(self.project), "--stack", self._backup.stack]
        done = run_tethered(
            [*command, "--json", *options, *own], CHECKOUT, self._environment(), self._record, LONGEST_SECONDS
        )
        if done.returncode not in IMPORTED:
            fix = "correct what it names, then run the command again"
            raise OperationError("The values of the backup cannot be imported", found=done.stderr, fix=fix)
        result: dict[str, Any] = json.loads(done.stdout)
        return result

    def _run(self, *arguments: str) -> None:
        pulumi = Pulumi(
            self._workspace.bin / "pulumi", self._environment(), tether=self._record, longest=LONGEST_SECONDS
        )
        done = pulumi.attempt(*arguments, cwd=self.project)
        if done.returncode:
            raise PulumiFailed(arguments, done)

    def _environment(self) -> dict[str, str]:
        """Without the owner's login to Infisical."""
        found = self._workspace.environment()
        return {name: each for name, each in found.items() if name not in (API_URL, CLIENT_ID, CLIENT_SECRET)}


def _remove(folder: Path) -> None:
    if folder.exists():
        Cluster(folder / "cluster", None).remove()
        shutil.rmtree(folder)
