"""Runs the command in this process on a fake homelab, and reads what a rotation must keep."""

from __future__ import annotations

import copy
import json
import secrets
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from infisical.api.http.call import Call
from infisical.api.http.server import Server
from operations.encryption_key import cipher, cluster, command, context, server, stack
from tests.operations.encryption_key.fakes.administrator import EMAIL, PASSWORD
from tests.operations.encryption_key.fakes.database_commands import database_commands
from tests.operations.encryption_key.fakes.fake_cluster import FakeCluster
from tests.operations.encryption_key.fakes.fake_homelab import FakeHomelab, Killed, fake_stack
from tests.operations.encryption_key.fakes.fake_stack import FakeStack
from tests.operations.encryption_key.fakes.infisical_thread import ThreadedInfisical
from tests.operations.encryption_key.fakes.memory_infisical import MemoryClient, MemoryInfisical

STACK: Final = "test"
PASSPHRASE: Final = "canary-of-the-passphrase"
SEEDS: Final = {"ADMIN_PASSWORD": "canary-first-value", "SIGNING_KEY": "canary-generated-once"}
"""What an update creates for each key of the app that Infisical does not have."""


@dataclass(frozen=True)
class Run:
    """One run of the command."""

    code: int
    output: str


@dataclass(frozen=True)
class Content:
    """
    Everything that a rotation must keep.

    :param secrets: all secrets of the project by folder and name
    :param delivered: the app's Secret
    """

    secrets: Mapping[str, Any] = field(repr=False)
    delivered: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True)
class Snapshot:
    """The homelab before any rotation, besides the database."""

    stack: FakeStack
    cluster: FakeCluster
    config: dict[str, Any]
    delivered: dict[str, str] = field(repr=False)


class Simulation:
    """
    A homelab that was deployed and then changed by hand.

    `deliveries` has what each update delivered; `said` has all output.
    """

    def __init__(self, folder: Path, infisical: ThreadedInfisical | MemoryInfisical) -> None:
        self.infisical = infisical
        self.project = folder / "homelab"
        self.said: list[str] = []
        self.deliveries: list[dict[str, str]] = []
        self._folder = folder
        self._capture: pytest.CaptureFixture[str] | None = None
        self._delivered: dict[str, str] = {}
        deployed = fake_stack(infisical.url, EMAIL, PASSWORD)
        deployed.new_key = lambda: secrets.token_hex(16)
        address = {"url": infisical.url, "adminEmail": EMAIL}
        config = {"infisical": {**address, "database": {"kind": "bundled", **database_commands(infisical.data)}}}
        self.homelab = FakeHomelab(config, deployed, FakeCluster(deployed.kept, server=infisical), deploy=self._deploy)
        self.project.mkdir()
        (self.project / "Pulumi.yaml").touch()
        self.homelab.cluster.settle()
        self._deploy()
        infisical.fill()
        self._deploy()
        self.before, self.project_id = self.content(), infisical.project_id()
        shutil.copytree(infisical.data, folder / "snapshot")
        self._snapshot = self._taken()

    def install(self, capture: pytest.CaptureFixture[str], patch: pytest.MonkeyPatch) -> None:
        """Run commands on this homelab from now on."""
        self._capture = capture
        for module in (cluster, stack, server):
            patch.setattr(module, "POLL_SECONDS", 0.0)
        patch.setattr(cipher, "COST", {"n": 2, "r": 8, "p": 1})
        patch.setattr("os.fsync", lambda descriptor: None)
        patch.setenv(cipher.PASSPHRASE, PASSPHRASE)
        shutil.rmtree(self._folder / "bin", ignore_errors=True)
        self.homelab.install(self._folder / "bin", patch)
        # For the commands on the database.
        patch.setenv("PATH", f"{self._folder / 'bin'}:/usr/bin:/bin")
        if isinstance(self.infisical, MemoryInfisical):
            client = MemoryClient(self.infisical, self.homelab.changing)
            patch.setattr(context, "Infisical", lambda *_: client)
        else:
            patch.setattr(server, "Server", self._server)

    def run(self, *arguments: str) -> Run:
        """Run the command to its end."""
        assert self._capture
        self._capture.readouterr()
        self.homelab.declare(self.project / f"Pulumi.{STACK}.yaml")
        try:
            code = command.main(["--project", str(self.project), "--stack", STACK, *arguments])
        finally:
            captured = self._capture.readouterr()
            self.said.append(captured.out + captured.err)
        return Run(code, self.said[-1])

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

    def kill(self, step: str, point: int, *arguments: str) -> bool:
        """Run the command, and kill it at this point. False if the step has no such point: then it ran to its end."""
        self.homelab.arm(step, point)
        try:
            self.run(*arguments)
        except Killed:
            return True
        self.homelab.kill = None
        return False

    def stop_at(self, step: str) -> None:
        """Rotate, and kill the command when it begins a step."""
        assert self.kill(step, 0, "--confirm", STACK)

    def journal(self) -> dict[str, Any]:
        """The journal of the last rotation; empty if there is none."""
        found = sorted((self.project / ".rotation" / STACK).glob("*/journal.json"))
        journal: dict[str, Any] = json.loads(found[-1].read_text()) if found else {}
        return journal

    def files(self) -> list[Path]:
        """The files of all rotations."""
        found = (self.project / ".rotation").rglob("*")
        return sorted(path for path in found if path.is_file() and path.name != "lock")

    def content(self) -> Content:
        return Content(self.infisical.content(), dict(self._delivered))

    def restore(self) -> None:
        """Go back to the homelab that was never rotated."""
        self.infisical.stop()
        for folder in (self.project / ".rotation", self.infisical.data):
            shutil.rmtree(folder, ignore_errors=True)
        shutil.copytree(self._folder / "snapshot", self.infisical.data)
        kept = copy.deepcopy(self._snapshot)
        self.homelab.stack, self.homelab.cluster, self.homelab.config = kept.stack, kept.cluster, kept.config
        self.homelab.cluster.server = self.infisical
        self.homelab.failures, self.homelab.kill, self._delivered = {}, None, kept.delivered
        self.homelab.arguments.clear()
        self.deliveries.clear()
        self.said.clear()
        self.homelab.cluster.settle()

    def _taken(self) -> Snapshot:
        cluster = copy.copy(self.homelab.cluster)
        cluster.server = None
        return copy.deepcopy(Snapshot(self.homelab.stack, cluster, self.homelab.config, self._delivered))

    def _deploy(self) -> str:
        """As the program: create what is missing, seed the keys that Infisical does not have, and deliver."""
        if not self.infisical.is_running:
            return "error: Infisical did not answer"
        self._delivered = self.infisical.deliver(SEEDS)
        self.deliveries.append(self._delivered)
        return ""

    def _server(self, url: str) -> Server:
        """A client whose changes are watched. It loads no certificates, which takes most of the time of a call."""
        return WatchedServer(self.homelab, url, transport=httpx2.AsyncHTTPTransport(verify=False))


class WatchedServer(Server):
    """The command may be killed before and after each change."""

    def __init__(self, homelab: FakeHomelab, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._homelab = homelab

    async def send(self, call: Call, token: str | None = None) -> Any:
        if call.method == "GET" or "/auth/" in call.path:
            return await super().send(call, token)
        with self._homelab.changing():
            return await super().send(call, token)
