"""The messages of the sandbox: start errors, stack errors, status and summary."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from sandbox import cli
from sandbox.cluster import ClusterStatus
from sandbox.controlplane import PlaneStatus, ports
from sandbox.declared import read_config
from sandbox.external_secrets import ExternalSecret, Operator
from sandbox.infisical.storage.clock import Clock
from sandbox.infisical.storage.postgresql import PostgresDatabase
from sandbox.infisical.storage.sqlite import SqliteDatabase
from sandbox.infisical.storage.vault import Vault
from sandbox.postgres import programs
from tests.messages.stories.book import assert_messages
from tooling.errors import ToolingError
from tooling.processes.process import Process
from tooling.stack.config import StackFile, derive_stack_file
from tooling.toolchain.progress import Reporter

SERVER, URL = "https://127.0.0.1:20001", "http://127.0.0.1:20002"
NOWHERE = "postgresql://infisical@127.0.0.1:1/infisicalDB"
READY = ExternalSecret("monitoring/grafana", True, "SecretSynced", "secret synced")
FAILED = ExternalSecret("web/web", False, "SecretSyncedError", "could not get secret data from provider")


class Output(Reporter):
    """A reporter whose lines and tables are kept."""

    def __init__(self) -> None:
        self.file = io.StringIO()
        super().__init__(Console(file=self.file, width=120))

    def say(self, line: str) -> None:
        self.file.write(f"{line}\n")

    def text(self) -> str:
        return "\n".join(line.rstrip() for line in self.file.getvalue().splitlines())


def error(failing: Callable[[], object], folder: Path) -> str:
    with pytest.raises(ToolingError) as caught:
        failing()
    return f"error: {caught.value}".replace(str(folder), "FOLDER")


def cluster_status(*, running: bool) -> ClusterStatus:
    names = ("etcd", "kube-apiserver", "kube-controller-manager")
    plane = PlaneStatus(SERVER, {name: number if running else None for number, name in enumerate(names, 101)})
    others: dict[str, int | None] = dict.fromkeys(("external-secrets", "PostgreSQL", "fake node", "fake Argo CD"))
    if running:
        others = dict.fromkeys(others, 104)
    return ClusterStatus(plane, others, 105 if running else None, URL)


def printed(verb: Callable[[Any, Reporter], object], **sandbox: Any) -> str:
    output = Output()
    verb(SimpleNamespace(**sandbox), output)
    return output.text()


def summary(changes: dict[str, int]) -> str:
    found = SimpleNamespace(
        last_changes=lambda _: changes,
        external_secrets=lambda: [READY],
        checkout=Path("/checkout"),
        kubeconfig=Path("/checkout/.sandbox/kubeconfig"),
    )
    tool = SimpleNamespace(name="kubernetes", version="4.0.0", origin="Python plugin of this project")
    pulumi = SimpleNamespace(version="3.255.0", origin="built here")
    prepared: Any = SimpleNamespace(
        cluster=SimpleNamespace(status=lambda: cluster_status(running=True)),
        tools=SimpleNamespace(pulumi=pulumi),
        workspace=SimpleNamespace(plugins=[tool]),
    )
    return printed(lambda sandbox, reporter: cli._summarise(sandbox, prepared, reporter), **vars(found))


def start_errors(folder: Path) -> list[tuple[str, str]]:
    failing, silent = folder / "failing", folder / "silent"
    failing.write_text("#!/bin/sh\necho 'unknown flag: --concurrent' >&2\nexit 2\n")
    silent.write_text("#!/bin/sh\nexec sleep 60\n")
    for program in (failing, silent):
        program.chmod(0o755)
    operator = Operator(folder / "operator", failing, folder / "kubeconfig", tethered=True)
    process = Process("etcd", folder / "etcd", tethered=True)
    process.start([str(silent)])
    try:
        late = error(lambda: process.wait_until(lambda: False, "healthy", 0), folder)
    finally:
        process.stop(kill=True)
    return [("The operator ends at its start", error(operator.start, folder)), ("etcd does not become healthy", late)]


def stack_errors(folder: Path) -> list[tuple[str, str]]:
    missing, broken, listed = folder / "Pulumi.homelab.yaml", folder / "Pulumi.broken.yaml", folder / "Pulumi.list.yaml"
    broken.write_text("config: {a\n")
    listed.write_text("config: [a]\n")
    repeated = folder / "Pulumi.repeated.yaml"
    repeated.write_text("config:\n  homelab:apps: {}\n  homelab:store: {}\n  homelab:apps: {}\n")
    sandbox, last = StackFile(folder / "Pulumi.sandbox.yaml"), StackFile(folder / "derived.yaml")
    return [
        ("No stack file", error(lambda: derive_stack_file(StackFile(missing), sandbox, last), folder)),
        ("A stack file that is not YAML", error(StackFile(broken).read, folder)),
        ("A stack file with a repeated key", error(StackFile(repeated).read, folder)),
        ("A config that is a list", error(lambda: read_config(listed), folder)),
    ]


def test_every_message_of_the_sandbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database = SqliteDatabase(tmp_path / "infisical.db")
    Vault.of(database, "a" * 32, Clock())
    monkeypatch.setattr(ports, "is_free", lambda _: False)
    monkeypatch.setattr(programs, "find_spec", lambda _: None)
    none = ClusterStatus(PlaneStatus(None, {}), {}, None, None)

    def status(found: ClusterStatus) -> str:
        return printed(cli._status, status=lambda: found, external_secrets=lambda: [READY, FAILED])

    assert_messages(
        "sandbox",
        [
            *start_errors(tmp_path),
            ("PostgreSQL is not installed", error(programs.programs, tmp_path)),
            ("No free port", error(lambda: ports.choose(3), tmp_path)),
            ("Infisical's database is not there", error(lambda: PostgresDatabase(NOWHERE), tmp_path)),
            ("A wrong ENCRYPTION_KEY", error(lambda: Vault.of(database, "b" * 32, Clock()), tmp_path)),
            *stack_errors(tmp_path),
            ("make status without a sandbox", status(none)),
            ("make status of a running sandbox", status(cluster_status(running=True))),
            ("make status of a stopped sandbox", status(cluster_status(running=False))),
            ("make up that created resources", summary({"create": 12, "update": 1, "same": 3})),
            ("make up without a change", summary({"same": 16})),
        ],
    )
