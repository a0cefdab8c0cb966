"""`backup status`: how old the newest backup is. The exit code says whether it is current and has everything."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

from declaration import Backup
from infisical.api.secret_copies import FolderCopy
from operations.doctor.reading.backups import read_backups
from operations.values.access.server import Everything, Infisical
from tests.operations.backup.lab import BackupLab


def status(homelab: BackupLab, *options: str | Path) -> tuple[int, dict[str, Any]]:
    ran = homelab.plain("status", "--to", homelab.target, "--json", *options)
    (found,) = json.loads(ran.out)["targets"]
    return ran.code, found


def test_a_new_backup_is_current(homelab: BackupLab) -> None:
    homelab.back_up()

    code, found = status(homelab)

    assert (code, found["problems"], found["backups"]) == (0, [], 1)
    assert found["backup"] == str(homelab.backup())
    assert found["age_days"] < 1


def test_the_doctor_reads_the_same(homelab: BackupLab) -> None:
    homelab.back_up()

    (found,) = read_backups([homelab.target], Backup(), "homelab", datetime.datetime.now(datetime.UTC))

    assert found.problems == ()
    assert "1 backup, the newest less than an hour old" in found.newest


def test_an_old_backup_is_overdue(homelab: BackupLab) -> None:
    homelab.back_up()
    _change(homelab, created="2020-01-01T12:00:00Z")

    code, found = status(homelab)
    later, _ = status(homelab, "--max-age-days", "36500")

    assert (code, found["problems"]) == (1, ["overdue: older than 7 days"])
    assert later == 0


def test_a_target_without_a_backup_has_none(homelab: BackupLab) -> None:
    assert status(homelab)[0] == 1
    ran = homelab.plain("status", "--to", homelab.target)
    assert ran.out == f"{homelab.target}: no backup\n"


def test_backups_of_other_stacks_do_not_count(homelab: BackupLab) -> None:
    homelab.back_up()
    _change(homelab, stack="other")

    assert status(homelab)[0] == 1
    assert status(homelab, "--stack", "other")[0] == 0


def test_a_truncated_file_is_found(homelab: BackupLab) -> None:
    homelab.back_up()
    (homelab.backup() / "values.json.age").write_bytes(b"")

    code, found = status(homelab)

    assert code == 1
    assert found["problems"][0].startswith("damaged: values.json.age: 0 bytes instead of")


def test_what_the_backup_lacks_although_it_could_have_it_is_named(homelab: BackupLab) -> None:
    seen = FolderCopy((), (), frozenset({"WEB_TOKEN"}))
    homelab.lab.patch.setattr(Infisical, "everything", lambda _: Everything("homelab", "prod", {"/": seen}, ()))
    homelab.back_up()

    code, found = status(homelab)

    assert code == 1
    assert found["problems"] == ["not in it: value of WEB_TOKEN at /: hidden from this login"]


def test_a_database_that_was_left_out_is_no_problem(homelab: BackupLab) -> None:
    homelab.back_up("--no-database")

    assert status(homelab)[0] == 0


def test_a_target_that_does_not_exist_is_an_error(homelab: BackupLab) -> None:
    ran = homelab.plain("status", "--to", homelab.lab.folder / "not-mounted")

    assert ran.code == 2
    assert "no such folder" in ran.err


def _change(homelab: BackupLab, **fields: str) -> None:
    file = homelab.backup() / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))
