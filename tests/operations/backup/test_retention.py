"""Older backups of the same stack are removed, and never the last good one."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.operations.backup.lab import BackupLab


def copies(homelab: BackupLab, *days: str) -> list[str]:
    """Older backups, as of the first of these months, besides the one that exists; return their names."""
    made: list[str] = []
    for day in days:
        copy = homelab.target / f"homelab-{day.replace('-', '')}T120000Z"
        shutil.copytree(homelab.backup() if not made else homelab.target / made[0], copy)
        change(copy, created=f"{day}T12:00:00Z")
        made.append(copy.name)
    return made


def change(folder: Path, **fields: object) -> None:
    file = folder / "manifest.json"
    file.write_text(json.dumps({**json.loads(file.read_text()), **fields}))


def names(homelab: BackupLab) -> list[str]:
    return [each.name for each in homelab.backups()]


@pytest.fixture
def old(homelab: BackupLab) -> list[str]:
    """Three backups of earlier years; the oldest is first."""
    homelab.back_up()
    made = copies(homelab, "2020-01-01", "2021-01-01", "2022-01-01")
    shutil.rmtree(homelab.backups()[-1])
    return made


def test_without_a_number_nothing_is_removed(homelab: BackupLab, old: list[str]) -> None:
    homelab.back_up()

    assert names(homelab)[:3] == old
    assert len(names(homelab)) == 4


def test_a_number_of_backups_is_kept(homelab: BackupLab, old: list[str]) -> None:
    ran = homelab.back_up("--keep", "2")

    assert names(homelab)[0] == old[2]
    assert len(names(homelab)) == 2
    assert f"Removed: {homelab.target / old[0]}" in ran.out


def test_older_backups_than_a_number_of_days_are_removed(homelab: BackupLab, old: list[str]) -> None:
    homelab.back_up("--keep-days", "30")

    assert len(names(homelab)) == 1
    assert names(homelab)[0] not in old


def test_other_stacks_and_other_folders_stay(homelab: BackupLab, old: list[str]) -> None:
    change(homelab.target / old[0], stack="other")
    (homelab.target / "homelab-20190101T120000Z").mkdir()
    (homelab.target / "photos").mkdir()

    homelab.back_up("--keep", "1")

    assert names(homelab)[:2] == ["homelab-20190101T120000Z", old[0]]
    assert names(homelab)[3:] == ["photos"]


def test_the_last_backup_with_the_database_stays(homelab: BackupLab, old: list[str]) -> None:
    homelab.back_up("--no-database", "--keep", "1")

    assert names(homelab)[0] == old[2]
    assert len(names(homelab)) == 2


def test_damaged_backups_do_not_count_as_the_last_good_one(homelab: BackupLab, old: list[str]) -> None:
    (homelab.target / old[2] / "values.json.age").unlink()

    homelab.back_up("--no-database", "--keep", "1")

    assert names(homelab)[0] == old[1]
    assert len(names(homelab)) == 2


@pytest.mark.parametrize("option", ["--keep", "--keep-days"])
def test_zero_is_refused(homelab: BackupLab, option: str) -> None:
    with pytest.raises(SystemExit):
        homelab.back_up(option, "0")
