"""
Infisical's database is dumped and restored in its pod: by the real kubectl, the real API server and the fake node.

A kill leaves neither half a backup nor half a database.
"""

from __future__ import annotations

import gzip
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil
import pyrage
import pytest

from declaration.objects import SERVER
from operations.backup.parts.database import PART
from operations.encryption_key.cluster import Cluster
from operations.encryption_key.database import NAME, BundledDatabase
from sandbox.postgres import Postgres
from tests.checkout import CHECKOUT
from tests.homelab.conftest import Shared
from tests.homelab.deployment import Homelab
from tests.homelab.owner import Owner
from tests.homelab.recovery import Recovery, contents, wait_for_deliveries
from tests.waiting import PATIENCE_SECONDS, eventually

CHAPTER = "Only Infisical's data is lost"
WHOLE_CHAPTER = "The cluster is lost, or cluster and state"
PODS = ("deployment", "--namespace=infisical", "--selector=app.kubernetes.io/component=infisical")
TABLES = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
WAITING = "SELECT count(*) FROM pg_locks WHERE NOT granted"
COMMANDS = f"""
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = '{NAME}' AND usename = 'postgres' AND pid <> pg_backend_pid()
"""
KEY = "GRAFANA_ADMIN_PASSWORD"
LATER = "canary-set-after-the-backup"
PADDING = b"-- padding\n" * 4_000_000
"""More than all pipes and sockets between two processes hold."""


@dataclass(frozen=True)
class Lab:
    """A deployed homelab, and a folder for its backups."""

    recovery: Recovery
    recipient: str

    @property
    def homelab(self) -> Homelab:
        return self.recovery.homelab

    @property
    def postgres(self) -> Postgres:
        return self.homelab.plane.postgres

    def ask(self, statement: str, database: str = NAME) -> str:
        """Ask as a superuser."""
        return self.postgres.execute(statement, database)

    def set_aside(self) -> set[str]:
        """The other names under which Infisical's database was kept."""
        found = self.ask(f"SELECT datname FROM pg_database WHERE datname LIKE '{NAME}_%'", "postgres")
        return {name.removeprefix(NAME) for name in found.split()}

    def drop_what_is_set_aside(self) -> None:
        for name in self.set_aside():
            self.ask(f'DROP DATABASE "{NAME}{name}"', "postgres")

    def value(self) -> str:
        """The value of the key in Infisical."""
        return Owner(self.homelab).values()[KEY]

    def started(self, *argv: str, cwd: Path) -> subprocess.Popen[str]:
        environment = self.homelab.workspace.environment()
        return subprocess.Popen(
            argv, cwd=cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def backup_started(self) -> subprocess.Popen[str]:
        target = ("--to", str(self.recovery.target), "--recipient", self.recipient)
        argv = [sys.executable, "-m", "operations", "backup", *target, *map(str, self.recovery.stack())]
        return self.started(*argv, cwd=CHECKOUT)

    def wait_for_lock(self, process: subprocess.Popen[str]) -> None:
        """Wait until the client that the process has started waits for the lock."""

        def waits() -> bool:
            assert process.poll() is None, process.communicate()
            return self.ask(WAITING) == "1"

        eventually(waits, "it waits for the lock")

    def backups(self) -> list[Path]:
        return [each for each in self.recovery.target.iterdir() if each.is_dir()]

    @contextmanager
    def locked(self, statement: str) -> Iterator[None]:
        """A client that holds a lock during the block."""
        with subprocess.Popen(
            self.postgres.psql(NAME), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as client:
            assert client.stdin
            assert client.stdout
            client.stdin.write(f"BEGIN; {statement}; SELECT 'locked';\n")
            client.stdin.flush()
            assert client.stdout.readline().strip() in ("locked", "")
            yield
            client.stdin.close()


@pytest.fixture(scope="module")
def lab(deployed_homelab: Homelab, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    target = tmp_path_factory.mktemp("backups")
    identity = pyrage.x25519.Identity.generate()
    (target / "key.txt").write_text(f"{identity}\n")
    lab = Lab(Recovery(deployed_homelab, target), str(identity.to_public()))
    pod = ("pod/postgresql-0", "--namespace=infisical")
    deployed_homelab.plane.kubectl.run("wait", *pod, "--for=condition=Ready", f"--timeout={PATIENCE_SECONDS}s")
    yield lab
    shutil.rmtree(lab.recovery.folder)


def kill_kubectl(process: subprocess.Popen[str]) -> None:
    """Kill the kubectl that the process has started."""
    (found,) = [each for each in psutil.Process(process.pid).children(recursive=True) if each.name() == "kubectl"]
    found.kill()


def test_a_backup_contains_the_dump_of_the_pod(lab: Lab) -> None:
    said = lab.recovery.operations(
        "backup", "--to", lab.recovery.target, "--recipient", lab.recipient, *lab.recovery.stack()
    )

    assert "Infisical's database; ENCRYPTION_KEY opens it" in said
    assert lab.value() not in said
    key = ("--identity", lab.recovery.target / "key.txt")
    lab.recovery.operations("backup", "extract", lab.recovery.target, "--to", lab.recovery.folder, *key)
    assert b"COPY public.kms_root_config" in gzip.decompress((lab.recovery.folder / PART).read_bytes())


def test_a_backup_whose_kubectl_is_killed_is_none(lab: Lab) -> None:
    before = lab.backups()
    with lab.locked("LOCK TABLE kms_root_config"):
        process = lab.backup_started()
        lab.wait_for_lock(process)

        kill_kubectl(process)

        out, err = process.communicate()
    assert process.returncode == 2, out + err
    assert "Infisical's database cannot be dumped" in err
    assert lab.backups() == before
    eventually(lambda: lab.ask(COMMANDS) == "0", "pg_dump has ended")


def test_the_commands_of_the_sheet_restore_it_and_every_app_has_its_values(lab: Lab) -> None:
    commands = lab.recovery.commands(CHAPTER)
    value = lab.value()
    Owner(lab.homelab).set(KEY, LATER)
    lab.ask("CREATE TABLE of_a_newer_release ()")
    assert commands[-1] == "pulumi up"

    said = lab.recovery.shell(commands[:-1])
    lab.homelab.plane.kubectl.run("wait", *PODS, "--for=condition=Available", f"--timeout={PATIENCE_SECONDS}s")
    lab.recovery.shell(["pulumi up --yes --skip-preview"])

    assert lab.value() == value
    assert contents(lab.homelab) == lab.recovery.contents
    assert lab.ask("SELECT to_regclass('of_a_newer_release') IS NULL") == "t"
    (aside,) = lab.set_aside()
    assert lab.ask("SELECT to_regclass('of_a_newer_release') IS NULL", f"{NAME}{aside}") == "f"
    assert value not in said


def test_a_restore_whose_kubectl_is_killed_restores_nothing_and_can_be_repeated(lab: Lab) -> None:
    commands = lab.recovery.commands(CHAPTER)[:-1]
    begun = next(index for index, each in enumerate(commands) if "gunzip" in each)
    value = lab.value()
    lab.drop_what_is_set_aside()
    lab.recovery.shell(commands[:begun])
    dump = lab.recovery.folder / PART
    whole = dump.read_bytes()
    sql = gzip.decompress(whole)
    dump.write_bytes(gzip.compress(sql + b"SELECT pg_advisory_xact_lock(1);\n" + PADDING, 1))

    with lab.locked("SELECT pg_advisory_xact_lock(1)"):
        process = lab.started("/bin/sh", "-euc", "\n".join(commands[begun:]), cwd=lab.homelab.project)
        lab.wait_for_lock(process)
        kill_kubectl(process)
        _, err = process.communicate()

    assert process.returncode
    eventually(lambda: lab.ask(COMMANDS) == "0", "psql has ended")
    assert lab.ask(TABLES) == "0"
    dump.write_bytes(whole)
    said = lab.recovery.shell(commands)
    lab.homelab.plane.kubectl.run("wait", *PODS, "--for=condition=Available", f"--timeout={PATIENCE_SECONDS}s")
    assert lab.value() == value
    assert value not in said + err


def test_the_rotation_of_the_key_sets_it_aside_and_restores_it(lab: Lab) -> None:
    lab.drop_what_is_set_aside()
    tables = lab.ask(TABLES)
    database = BundledDatabase(Cluster(lab.homelab.plane.kubectl, "argocd", PATIENCE_SECONDS), "20261122_084500")

    database.set_aside()
    database.set_aside()
    assert lab.ask(TABLES) == "0"
    assert lab.set_aside() == {"_20261122_084500"}

    database.restore()
    database.restore()
    assert lab.ask(TABLES) == tables
    assert lab.set_aside() == {"_20261122_084500_undone"}


def test_the_log_of_infisical_is_that_of_its_process(lab: Lab) -> None:
    shown = lab.homelab.plane.kubectl.run("logs", f"deployment/{SERVER}", "--namespace=infisical")

    assert lab.homelab.plane.infisical_url in shown


def test_a_lost_cluster_and_state_come_back_with_their_database(shared: Shared, lab: Lab) -> None:
    """No value is imported: Infisical has its own again, with those that no app declares."""
    Owner(lab.homelab).set("UNDECLARED", "canary-undeclared")
    lab.recovery.operations("backup", "--to", lab.recovery.target, "--recipient", lab.recipient, *lab.recovery.stack())
    shutil.rmtree(lab.recovery.folder)
    key = ("--identity", lab.recovery.target / "key.txt")
    lab.recovery.operations("backup", "extract", lab.recovery.target, "--to", lab.recovery.folder, *key)
    commands, held, config = lab.recovery.commands(WHOLE_CHAPTER), contents(lab.homelab), lab.homelab.config
    homelab = shared.empty({}, operated=True)
    shutil.rmtree(homelab.workspace.state / ".pulumi" / "stacks")
    homelab.stack_file.unlink()
    wait_for_deliveries(lab.recovery.folder / homelab.stack_file.name, 15)
    begun = commands.index("pulumi up --refresh --yes")

    lab.recovery.shell(commands[:begun])
    first = homelab.attempt("up", "--refresh", "--yes", "--skip-preview")
    assert first.code != 0, "no app can be delivered before Infisical has its data"
    wait_for_deliveries(homelab.stack_file, PATIENCE_SECONDS)
    assert commands[-1] == "pulumi up"
    lab.recovery.shell(commands[begun + 1 : -1])
    homelab.plane.kubectl.run("wait", *PODS, "--for=condition=Available", f"--timeout={PATIENCE_SECONDS}s")
    lab.recovery.shell(["pulumi up --yes --skip-preview"])

    assert contents(homelab) == held
    homelab.config = config
    assert Owner(homelab).values()["UNDECLARED"] == "canary-undeclared"
