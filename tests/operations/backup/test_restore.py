"""The commands that a recovery sheet names put the database back, and set aside what was there."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from operations.backup.restore import restore_commands
from tests.operations.backup.lab import IN_THE_DATABASE, BackupLab
from tests.operations.backup.test_databases import SEPARATE
from tooling.stack.declared import checked, read_declaration

AT = "20261130_102708"
COUNT = "SELECT count(*), min(value) FROM secrets"


def commands(homelab: BackupLab) -> list[str]:
    return restore_commands(checked(read_declaration(homelab.lab.project, "homelab")), "recovery", AT)


def extracted(homelab: BackupLab) -> Path:
    """Extract the backup, and return the folder."""
    folder = homelab.lab.folder / "recovery"
    assert homelab.plain("extract", homelab.target, "--to", folder, "--identity", homelab.identity).code == 0
    return folder


def run(homelab: BackupLab, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run the commands in a shell."""
    script = "\n".join(["set -eu", *commands(homelab)])
    shell = ["/bin/sh", "-s"]
    return subprocess.run(shell, input=script, cwd=folder.parent, text=True, capture_output=True, check=False)


def restore(homelab: BackupLab) -> str:
    """Extract the backup, and run the commands; return their output."""
    done = run(homelab, extracted(homelab))
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def use_separate(homelab: BackupLab) -> None:
    """Declare a separate database, whose only user owns everything."""
    homelab.database = "separate"
    homelab.lab.declare(infisical={"database": SEPARATE})
    homelab.pod.server.execute("ALTER USER infisical PASSWORD 'canary-postgres'")
    for table in ("secrets", "kms_root_config"):
        homelab.pod.ask(f"ALTER TABLE {table} OWNER TO infisical", database="infisicalDB")
    homelab.kubectl(pod_password="canary-postgres")


def test_the_bundled_database_is_restored(homelab: BackupLab) -> None:
    homelab.back_up()
    homelab.pod.ask("UPDATE secrets SET value = 'changed'; CREATE TABLE of_a_newer_release ()", database="infisicalDB")

    said = restore(homelab)

    assert homelab.pod.ask(COUNT, "infisicalDB") == [f"5000|{IN_THE_DATABASE}1"]
    assert homelab.pod.ask(COUNT, f"infisicalDB_restored_{AT}") == ["5000|changed"]
    assert homelab.pod.ask("SELECT to_regclass('of_a_newer_release') IS NULL", "infisicalDB") == ["t"]
    owner = "SELECT pg_get_userbyid(datdba) FROM pg_database WHERE datname = 'infisicalDB'"
    assert homelab.pod.ask(owner) == ["infisical"]
    assert "canary" not in said + homelab.pod.arguments.read_text()


def test_infisical_is_stopped_before_and_started_after(homelab: BackupLab) -> None:
    homelab.back_up()
    homelab.pod.arguments.unlink()

    restore(homelab)

    called = [line.split() for line in homelab.pod.arguments.read_text().splitlines()]
    assert [[words[0], words[-1]] for words in called if words[0] in ("annotate", "scale", "wait")] == [
        ["annotate", "--overwrite"],
        ["scale", "--replicas=0"],
        ["wait", "--timeout=300s"],
        ["scale", "--replicas=1"],
        ["annotate", "argocd.argoproj.io/skip-reconcile-"],
    ]


def test_a_separate_database_is_restored_by_its_own_user(homelab: BackupLab) -> None:
    use_separate(homelab)
    assert homelab.back_up().code == 0
    homelab.pod.ask("UPDATE secrets SET value = 'changed'", database="infisicalDB")

    said = restore(homelab)

    assert homelab.pod.ask(COUNT, "infisicalDB") == [f"5000|{IN_THE_DATABASE}1"]
    assert homelab.pod.ask(f'SELECT min(value) FROM "before_{AT}".secrets', "infisicalDB") == ["changed"]
    assert "canary" not in said + homelab.pod.arguments.read_text()


@pytest.mark.parametrize("kind", ["bundled", "separate"])
def test_half_a_dump_restores_nothing_and_is_reported(homelab: BackupLab, kind: str) -> None:
    if kind == "separate":
        use_separate(homelab)
    homelab.back_up()
    folder = extracted(homelab)
    dump = folder / "database.sql.gz"
    whole = dump.read_bytes()
    dump.write_bytes(whole[: len(whole) // 2])
    homelab.pod.arguments.unlink()

    done = run(homelab, folder)

    assert done.returncode != 0
    assert "Nothing was restored: the dump is not complete, or psql failed" in done.stderr
    assert homelab.pod.ask("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", "infisicalDB") == ["0"]
    assert not any("--replicas=1" in line for line in homelab.pod.arguments.read_text().splitlines())
    dump.write_bytes(whole)
    assert run(homelab, folder).returncode == 0
    assert homelab.pod.ask(COUNT, "infisicalDB") == [f"5000|{IN_THE_DATABASE}1"]


@pytest.mark.parametrize("install", ["argocd", "helm"])
def test_argo_cd_is_paused_only_if_it_installs_infisical(homelab: BackupLab, install: str) -> None:
    homelab.lab.declare(infisical={"install": install})

    assert any("annotate" in command for command in commands(homelab)) == (install == "argocd")
