"""A backup goes to every target, and a target that fails does not take it from the others."""

from __future__ import annotations

import fcntl
import shutil
from pathlib import Path

import pytest

from tests.operations.backup.lab import BackupLab


def test_every_target_has_the_same_backup(homelab: BackupLab) -> None:
    other = homelab.lab.folder / "other"
    other.mkdir()

    ran = homelab.back_up("--to", other)

    assert ran.code == 0, ran.text
    (copy,) = [each for each in other.iterdir() if each.is_dir()]
    original = homelab.backup()
    assert copy.name == original.name
    assert {each.name: each.read_bytes() for each in copy.iterdir()} == {
        each.name: each.read_bytes() for each in original.iterdir()
    }
    assert {each.stat().st_mode & 0o777 for each in copy.iterdir()} == {0o600}


def test_a_target_that_does_not_exist_is_refused(homelab: BackupLab) -> None:
    ran = homelab.back_up("--to", homelab.lab.folder / "not-mounted")

    assert ran.code == 2
    assert "no such folder" in ran.err
    assert homelab.backups() == []
    assert not (homelab.lab.folder / "not-mounted").exists()


def test_a_target_that_fails_is_named_and_the_others_have_the_backup(
    homelab: BackupLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = homelab.lab.folder / "other"
    other.mkdir()

    def copyfile(source: Path, to: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(shutil, "copyfile", copyfile)

    ran = homelab.back_up("--to", other)

    assert ran.code == 1
    assert f"Not written to {other}: No space left on device" in ran.out
    assert homelab.verify(homelab.backup()).code == 0
    assert [each for each in other.iterdir() if each.is_dir()] == []


def test_a_backup_that_no_target_has_is_an_error(homelab: BackupLab, monkeypatch: pytest.MonkeyPatch) -> None:
    def rename(folder: Path, to: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "rename", rename)

    ran = homelab.back_up("--no-database")

    assert ran.code == 2
    assert f"{homelab.target}: Input/output error" in ran.err
    assert [each for each in homelab.target.iterdir() if each.is_dir()] == []


def test_two_backups_to_one_target_do_not_run_at_once(homelab: BackupLab) -> None:
    with (homelab.target / ".homelab.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)

        ran = homelab.back_up()

    assert ran.code == 2
    assert "Another backup of the stack homelab" in ran.err


def test_no_backup_is_written_during_a_rotation_of_the_key(homelab: BackupLab) -> None:
    folder = homelab.lab.project / ".rotation" / "homelab" / "20261122_084500"
    folder.mkdir(parents=True)
    (folder / "journal.json").write_text('{"id": "20261122_084500", "stack": "homelab"}')

    ran = homelab.back_up()

    assert ran.code == 2
    assert "A rotation of ENCRYPTION_KEY" in ran.err
