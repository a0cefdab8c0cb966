"""The job in the cluster with a bucket: its own commands upload to a real S3 server, with the real rclone."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.operations.backup.job import Job, Owner
from tests.operations.backup.lab import IN_THE_DATABASE, plain_files
from tests.operations.backup.s3 import BUCKET, S3, s3_server
from tests.operations.backup.test_job import PASSWORD, failing, made, own_by

PLACE = {"endpoint": "https://s3.example.net", "bucket": BUCKET, "prefix": "infisical"}
DATABASE = "database.sql.gz.age"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, programs: Path) -> Iterator[S3]:
    with s3_server(tmp_path_factory.mktemp("s3"), programs) as started:
        yield started


@pytest.fixture
def s3(server: S3) -> S3:
    """The server with an empty bucket."""
    for each in server.objects.iterdir():
        shutil.rmtree(each)
    return server


def to(s3: S3, owner: Owner, folder: Path, **declared: Any) -> Job:
    own_by(owner.pod, PASSWORD)
    job = made(owner.pod, s3.programs, folder, recipients=[owner.recipient], s3=PLACE, **declared)
    job.secrets = {**job.secrets, **s3.secrets}
    job.variables = {**job.variables, **s3.variables}
    return job


def older(s3: S3, *times: str) -> list[str]:
    """Backups of earlier times; copies of the only one."""
    (name,) = s3.names()
    names = [f"homelab-database-{time}" for time in times]
    for each in names:
        shutil.copytree(s3.objects / "infisical" / name, s3.objects / "infisical" / each)
    return names


def test_the_downloaded_backup_is_verified_with_the_identity(s3: S3, owner: Owner, tmp_path: Path) -> None:
    done = to(s3, owner, tmp_path).run()

    assert done.returncode == 0, done.stderr
    assert [f"Written: {name}\n" for name in s3.names()] == [done.stdout]
    s3.download(tmp_path / "downloaded")
    verified = owner.verify(tmp_path / "downloaded", "--identity", owner.identity)
    assert verified.code == 0, verified.text
    assert "database.sql.gz: decrypted and complete" in verified.out
    assert IN_THE_DATABASE.encode() not in plain_files(s3.objects)


def test_no_output_has_the_login(s3: S3, owner: Owner, tmp_path: Path) -> None:
    job = to(s3, owner, tmp_path)
    job.variables = {**job.variables, "RCLONE_LOG_LEVEL": "DEBUG"}

    done = job.run()

    assert done.returncode == 0
    assert "canary-secret" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    "change",
    [
        {"AWS_SECRET_ACCESS_KEY": "canary-of-another"},
        {"AWS_ACCESS_KEY_ID": "canary-of-another"},
    ],
)
def test_a_refused_login_leaves_nothing(s3: S3, owner: Owner, tmp_path: Path, change: dict[str, str]) -> None:
    job = to(s3, owner, tmp_path)
    job.secrets = {**job.secrets, **change}

    done = job.run()

    assert done.returncode == 1
    assert "the backup was not uploaded" in done.stderr
    assert "canary-of-another" not in done.stdout + done.stderr
    assert s3.names() == []


@pytest.mark.parametrize(
    "change",
    [{"REMOTE": "bucket:no-such-bucket/infisical"}, {"RCLONE_CONFIG_BUCKET_ENDPOINT": "http://127.0.0.1:1"}],
    ids=["no bucket", "no server"],
)
def test_a_bucket_that_cannot_be_reached_is_an_error(
    s3: S3, owner: Owner, tmp_path: Path, change: dict[str, str]
) -> None:
    job = to(s3, owner, tmp_path)
    job.variables = {**job.variables, **change}

    done = job.run()

    assert done.returncode == 1
    assert "the backup was not uploaded" in done.stderr
    assert s3.names() == []


@pytest.mark.parametrize("verb", ["copy", "copyto"])
def test_an_upload_that_fails_in_the_middle_is_removed(s3: S3, owner: Owner, tmp_path: Path, verb: str) -> None:
    rclone = f'[ "$1" != {verb} ] || exit 1\nexec {s3.programs}/rclone "$@"'

    done = to(s3, owner, tmp_path).run(upload=failing(tmp_path / "broken", "rclone", rclone))

    assert done.returncode == 1
    assert s3.names() == []


def test_a_killed_upload_is_no_backup_and_the_next_run_removes_it(s3: S3, owner: Owner, tmp_path: Path) -> None:
    job = to(s3, owner, tmp_path)
    rclone = f'[ "$1" != copyto ] || {{ kill -9 $PPID; exit 1; }}\nexec {s3.programs}/rclone "$@"'

    killed = job.run(upload=failing(tmp_path / "broken", "rclone", rclone))

    assert killed.returncode != 0
    (left,) = s3.names()
    assert [each.name for each in (s3.objects / "infisical" / left).iterdir()] == [DATABASE]
    s3.download(tmp_path / "downloaded")
    status = owner.plain("status", "--to", tmp_path / "downloaded")
    assert status.out == f"{tmp_path / 'downloaded'}: no backup\n"
    shutil.move(s3.objects / "infisical" / left, s3.objects / "infisical/homelab-database-20200101T000000Z")
    assert job.run().returncode == 0
    (whole,) = s3.names()
    assert "20200101" not in whole


@pytest.mark.parametrize(("fields", "kept"), [({"keep": 2}, 2), ({"keepDays": 30}, 1), ({}, 3)])
def test_outdated_backups_are_removed_as_declared(
    s3: S3, owner: Owner, tmp_path: Path, fields: dict[str, int], kept: int
) -> None:
    job = to(s3, owner, tmp_path, **fields)
    job.run()
    older(s3, "20200101T000000Z", "20210101T000000Z")
    shutil.rmtree(s3.objects / "infisical" / s3.names()[-1])
    names = ("homelab-20200101T000000Z", "other-database-20200101T000000Z")
    others = [s3.objects / "infisical" / name for name in names]
    for each in others:
        each.mkdir()
        (each / "manifest.json").write_text("{}")

    done = job.run()

    assert done.returncode == 0, done.stderr
    assert len([name for name in s3.names() if name.startswith("homelab-database-")]) == kept
    assert all((each / "manifest.json").exists() for each in others)


def test_an_outdated_backup_that_cannot_be_removed_fails_the_run(s3: S3, owner: Owner, tmp_path: Path) -> None:
    rclone = f'[ "$1" != deletefile ] || exit 1\nexec {s3.programs}/rclone "$@"'
    job = to(s3, owner, tmp_path, keep=1)
    job.run()
    older(s3, "20200101T000000Z")

    done = job.run(upload=failing(tmp_path / "broken", "rclone", rclone))

    assert done.returncode != 0
    assert len(s3.names()) >= 2, "no backup is lost"
