"""A backup has its name only when it is complete, also after an error or a kill."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.operations.backup.lab import BackupLab, plain_files
from tests.waiting import eventually


def test_a_killed_backup_leaves_nothing_that_looks_complete(homelab: BackupLab) -> None:
    # It ends when the command is killed.
    homelab.kubectl(exec_fails="echo canary; while kill -0 $PPID 2> /dev/null; do sleep 0.1; done")
    process = homelab.started()

    def has_begun() -> bool:
        assert process.poll() is None, process.communicate()
        return any(homelab.target.glob(".*.partial/database.sql.gz.age"))

    eventually(has_begun, "the dump has begun")
    process.send_signal(signal.SIGKILL)
    process.communicate()

    assert homelab.backups() == []
    assert b"canary" not in plain_files(homelab.target)
    homelab.kubectl()
    assert homelab.back_up().code == 0
    assert _partial(homelab.target) == []
    assert len(homelab.backups()) == 1


def test_a_process_of_its_own_writes_a_backup(homelab: BackupLab) -> None:
    out, err = homelab.started().communicate()

    assert err == ""
    assert f"Written: {homelab.backup()}" in out


@pytest.mark.parametrize(
    ("kubectl", "found"),
    [
        ("exit 3", "kubectl exec -i --namespace=infisical postgresql-0"),
        ("echo half; exit 1", "failed with exit code 1"),
        ("echo half; exit 0", "no mark of pg_dump at its end"),
    ],
)
def test_a_dump_that_is_not_complete_is_no_backup(homelab: BackupLab, kubectl: str, found: str) -> None:
    homelab.kubectl(exec_fails=kubectl)

    ran = homelab.back_up()

    assert ran.code == 2
    assert found in ran.err
    assert list(_left(homelab.target)) == []


def test_a_password_that_the_database_refuses_is_reported(homelab: BackupLab) -> None:
    homelab.pod.server.execute("ALTER USER postgres PASSWORD 'canary-other'")

    ran = homelab.back_up()

    assert ran.code == 2
    assert "password authentication failed" in ran.err
    assert "--no-database" in ran.err
    assert "canary" not in ran.text
    assert list(_left(homelab.target)) == []


def test_an_infisical_that_cannot_be_reached_is_reported(homelab: BackupLab) -> None:
    homelab.lab.pulumi.provider["url"] = "http://127.0.0.1:1"

    ran = homelab.back_up()

    assert ran.code == 2
    assert list(_left(homelab.target)) == []


@pytest.mark.parametrize("key", ["f" * 32, "short"])
def test_a_key_that_infisical_does_not_start_with_is_refused(homelab: BackupLab, key: str) -> None:
    homelab.key_in_cluster = key
    homelab.kubectl()

    ran = homelab.back_up()

    assert ran.code == 2
    assert "differs from the one in the stack's state" in ran.err
    assert key not in ran.text
    assert list(_left(homelab.target)) == []


def test_a_gpg_that_fails_is_reported(homelab: BackupLab) -> None:
    fake = homelab.lab.folder / "kubectl" / "gpg"
    fake.write_text(
        '#!/bin/sh\ncase "$*" in *list-keys*) printf "pub:u:255:22:A:1:::u:::scESC:\\nfpr:::::::::AB12:\\n";;\n'
        "*) echo no space left >&2; exit 2;; esac\n"
    )
    fake.chmod(0o755)

    for recipients in (("AB12",), (homelab.recipient, "AB12")):
        ran = homelab.back_up(recipients=recipients)

        assert ran.code == 2
        assert "gpg cannot encrypt" in ran.err
        assert "no space left" in ran.err
        assert list(_left(homelab.target)) == []


def _partial(target: Path) -> list[Path]:
    return list(target.glob(".*.partial"))


def _left(target: Path) -> list[Path]:
    return [each for each in target.iterdir() if each.is_dir()]
