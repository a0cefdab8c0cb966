"""`homelab:backup` has the defaults of the commands about backups. An option takes precedence."""

from __future__ import annotations

import datetime
import json
import shutil
import subprocess
from pathlib import Path

import pytest

from operations.doctor.reading.backups import read_backups
from tests.operations.backup.gpg import ADDRESS, Gpg
from tests.operations.backup.lab import BackupLab
from tests.operations.backup.test_retention import copies
from tests.operations.values.lab import Ran
from tooling.stack.declared import checked, read_declaration


def declare(homelab: BackupLab, store: dict[str, str] | None = None, **fields: object) -> None:
    backup = {"recipients": [homelab.recipient], "to": [str(homelab.target)], **fields}
    homelab.lab.declare(backup=backup, store=store or {})


def test_a_backup_needs_no_option(homelab: BackupLab) -> None:
    declare(homelab)

    ran = homelab.run()

    assert ran.code == 0, ran.text
    assert homelab.manifest()["recipients"] == [homelab.recipient]


def test_an_option_takes_precedence(homelab: BackupLab, tmp_path: Path) -> None:
    declare(homelab, to=["/no/such/folder"], keep=1)
    homelab.back_up()
    (original,) = homelab.backups()
    copies(homelab, "2020-01-01", "2021-01-01")
    shutil.rmtree(original)

    ran = homelab.back_up("--keep", "2")

    assert ran.code == 0, ran.text
    assert len(homelab.backups()) == 2


def test_outdated_backups_are_removed_as_declared(homelab: BackupLab) -> None:
    declare(homelab, keepDays=30)
    homelab.run()
    (original,) = homelab.backups()
    copies(homelab, "2020-01-01")
    shutil.rmtree(original)

    ran = homelab.run()

    assert f"Removed: {homelab.target}/homelab-20200101T120000Z" in ran.out


def test_a_key_in_a_file_needs_no_keyring(homelab: BackupLab, gpg: Gpg, tmp_path: Path) -> None:
    exported = subprocess.run(["gpg", "--export", "--armor", ADDRESS], check=True, capture_output=True).stdout
    (homelab.lab.project / "owner.asc").write_bytes(exported)
    declare(homelab, recipients=["owner.asc"])
    with pytest.MonkeyPatch.context() as patch:
        empty = tmp_path / "empty"
        empty.mkdir(mode=0o700)
        patch.setenv("GNUPGHOME", str(empty))
        ran = homelab.run()

    assert ran.code == 0, ran.text
    assert homelab.manifest()["recipients"] == [gpg.fingerprint]
    assert "ENCRYPTION_KEY opens it" in homelab.verify(homelab.backup()).out


def plain(homelab: BackupLab, *arguments: str) -> Ran:
    return homelab.plain(*arguments, "--project", str(homelab.lab.project))


def test_status_and_verify_read_the_declared_folders(homelab: BackupLab) -> None:
    declare(homelab)
    homelab.run()

    status = plain(homelab, "status")
    verified = plain(homelab, "verify", "--identity", str(homelab.identity))

    assert status.out.startswith(f"{homelab.target}: 1 backup")
    assert "ENCRYPTION_KEY opens it" in verified.out


def test_the_declaration_says_when_a_backup_is_overdue(homelab: BackupLab) -> None:
    declare(homelab, maxAgeDays=2)
    homelab.run()
    file = homelab.backup() / "manifest.json"
    created = datetime.datetime.now(datetime.UTC) - datetime.timedelta(days=3)
    file.write_text(json.dumps({**json.loads(file.read_text()), "created": created.strftime("%Y-%m-%dT%H:%M:%SZ")}))

    assert "overdue: older than 2 days" in plain(homelab, "status").out
    assert plain(homelab, "status", "--max-age-days", "4").code == 0


def test_the_doctor_reads_the_declared_folders(homelab: BackupLab) -> None:
    declare(homelab)
    homelab.run()

    declared = checked(read_declaration(homelab.lab.project, "homelab")).backup
    (found,) = read_backups([], declared, "homelab", datetime.datetime.now(datetime.UTC))

    assert (found.target, found.problems) == (str(homelab.target), ())


def test_without_a_folder_the_next_step_is_named(homelab: BackupLab) -> None:
    for command in ((), ("status",), ("verify",)):
        ran = plain(homelab, *command)

        assert ran.code == 2
        assert "No folder of backups is named" in ran.err
        assert "`to: [/mnt/usb]`" in ran.err


def test_without_a_recipient_the_next_step_is_named(homelab: BackupLab) -> None:
    ran = homelab.run("--to", homelab.target)

    assert ran.code == 2
    assert "No recipient is named" in ran.err
    assert homelab.backups() == []


def test_a_wrong_declaration_of_backups_is_named_and_other_errors_do_not_matter(homelab: BackupLab) -> None:
    declare(homelab)
    homelab.run()
    declare(homelab, store={"projectSlug": "Not A Slug"})
    assert plain(homelab, "status").code == 0
    declare(homelab, keep=0)

    ran = plain(homelab, "status")

    assert ran.code == 2
    assert "homelab:backup.keep" in ran.err
