"""The doctor looks at the backups in the folders that its user or the declaration names."""

from __future__ import annotations

from pathlib import Path

import pytest

from declaration import Backup as Declared
from operations.doctor.facts import Backup
from operations.doctor.reading.backups import read_backups
from tests.operations.doctor.synthetic import NOW, Lab


def test_without_a_folder_nothing_is_checked() -> None:
    assert read_backups([], Declared(), "homelab", NOW) == ()
    assert Lab().status("backups") == "not-needed"


def test_a_current_backup_is_shown_with_its_age() -> None:
    lab = Lab(backups=(Backup("/mnt/usb", "/mnt/usb: 1 backup, the newest 2.0 days old"),))

    assert lab.status("backups") == "ok"
    assert "/mnt/usb: 1 backup, the newest 2.0 days old" in lab.text()


def test_each_folder_without_a_current_backup_is_a_warning() -> None:
    lab = Lab(
        backups=(Backup("/a", "", ("no backup",)), Backup("/b", "/b: 1 backup", ("overdue",)), Backup("/c", "/c"))
    )

    assert [each.where for each in lab.findings()] == [("/a",), ("/b",)]
    assert lab.status("backups") == "warning"


@pytest.mark.parametrize("folder", ["usb", "missing"])
def test_an_empty_folder_and_a_disk_that_is_not_mounted_are_problems(folder: str, tmp_path: Path) -> None:
    (tmp_path / "usb").mkdir()

    (found,) = read_backups([tmp_path / folder], Declared(), "homelab", NOW)

    assert found.problems
