"""`homelab:backup.schedule`: the job in the cluster, and what it needs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from declaration.site.backup_job import BackupJob, Bucket, Images, Volume, postgres_image
from tests.declaration.site.test_backup import AGE, ROOT
from tests.declaration.stack_config import REDIS_URL, elsewhere, stack_file
from tests.declaration.stack_config import S3_LOGIN as LOGIN
from tests.declaration.test_homelab import _parsed, _refused

S3 = {"endpoint": "https://s3.example.net", "bucket": "homelab"}
JOB: dict[str, Any] = {"recipients": [AGE], "schedule": "30 3 * * *", "volume": {"size": "5Gi"}}
EXTERNAL = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}


def test_every_field_is_read() -> None:
    declared = {
        **JOB,
        "timeZone": "Europe/Berlin",
        "volume": {"size": "10Gi", "storageClass": "nfs"},
        "memory": "2Gi",
        "images": {
            "postgres": "registry.example.net/postgres:17",
            "age": "registry.example.net/age:1",
            "rclone": "registry.example.net/rclone:1",
        },
    }

    job = _parsed({**stack_file(), "backup": declared}).backup.job

    images = Images(*(f"registry.example.net/{name}" for name in ("postgres:17", "age:1", "rclone:1")))
    assert job == BackupJob("30 3 * * *", Volume("10Gi", "nfs"), "Europe/Berlin", "2Gi", images)


def to_s3(**fields: Any) -> dict[str, Any]:
    job = {key: value for key, value in JOB.items() if key != "volume"}
    return {**stack_file(), "backup": {**job, "s3": {**S3, **fields}}}


def test_a_bucket_is_a_place_with_a_login_of_its_own() -> None:
    declared = to_s3(prefix="a/b", region="eu-central-1")

    homelab = _parsed({**declared, **LOGIN})

    assert homelab.backup.job
    assert homelab.backup.job.target == Bucket("https://s3.example.net", "homelab", "a/b", "eu-central-1")
    assert homelab.s3_login
    assert homelab.s3_login.secret_access_key == "canary-secret-key"
    assert "canary" not in repr(homelab)


def test_a_bucket_needs_a_login_and_a_volume_none() -> None:
    missing = _refused(to_s3())
    unused = _refused({**stack_file(), "backup": JOB, **LOGIN})
    half = _refused({**to_s3(), "backupS3AccessKeyId": "canary-access-key"})

    assert [(each.path, each.found) for each in missing] == [(f"homelab:{key}", "missing") for key in LOGIN]
    assert [each.path for each in unused] == [f"homelab:{key}" for key in LOGIN]
    assert [each.path for each in half] == ["homelab:backupS3SecretAccessKey"]


def test_only_one_place_is_accepted() -> None:
    (problem,) = _refused({**stack_file(), "backup": {**JOB, "s3": S3}, **LOGIN})

    assert (problem.path, problem.found) == (f"{ROOT}.s3", "a second place, next to volume")


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ({"endpoint": "s3.example.net"}, "endpoint"),
        ({"endpoint": "https://key:canary@s3.example.net"}, "endpoint"),
        ({"endpoint": "https://s3.example.net/homelab"}, "endpoint"),
        ({"bucket": "Homelab"}, "bucket"),
        ({"prefix": "/infisical"}, "prefix"),
        ({"prefix": "../infisical"}, "prefix"),
        ({"region": "EU"}, "region"),
        ({"accessKeyId": "canary"}, "accessKeyId"),
    ],
)
def test_an_invalid_field_of_a_bucket_is_a_problem(fields: dict[str, str], name: str) -> None:
    (problem,) = _refused({**to_s3(**fields), **LOGIN})

    assert problem.path == f"{ROOT}.s3.{name}"
    assert "canary" not in str(problem)


@pytest.mark.parametrize("schedule", ["@daily", "0 */6 * * *", "30 3 1,15 JAN-MAR MON"])
def test_a_schedule_is_that_of_cron(schedule: str) -> None:
    assert _parsed({**stack_file(), "backup": {**JOB, "schedule": schedule}}).backup.job


@pytest.mark.parametrize(
    ("database", "major"),
    [
        ({"kind": "bundled"}, "16"),
        ({"kind": "separate"}, "16"),
        ({"kind": "separate", "postgresqlVersion": "16.7.27"}, "17"),
        ({"kind": "separate", "postgresqlVersion": "18.1.13"}, "18"),
        ({"kind": "separate", "postgresqlVersion": "18.1.13", "from": "bundled"}, "16"),
        (EXTERNAL, "18"),
    ],
)
def test_the_image_of_pg_dump_fits_the_database_in_use(database: dict[str, str], major: str) -> None:
    config = stack_file()
    config["infisical"]["database"] = database
    config |= REDIS_URL if database == EXTERNAL else {}

    homelab = _parsed({**config, "backup": JOB})

    assert homelab.backup.job
    image = postgres_image(homelab.backup.job, homelab.infisical)
    assert image.startswith(f"docker.io/library/postgres:{major}.")


@pytest.mark.parametrize(
    ("fields", "path", "found"),
    [
        ({"schedule": "daily"}, "schedule", "'daily'"),
        ({"schedule": "TZ=UTC 30 3 * * *"}, "schedule", "'TZ=UTC 30 3 * * *'"),
        ({"timeZone": "../etc"}, "timeZone", "'../etc'"),
        ({"volume": {"size": "5"}}, "volume.size", "'5'"),
        ({"volume": {}}, "volume.size", "missing"),
        ({"volume": {"size": "5Gi", "class": "nfs"}}, "volume.class", "an unknown field"),
        ({"memory": "lots"}, "memory", "'lots'"),
        ({"images": {"age": "age"}}, "images.age", "'age'"),
        ({"recipients": ["me@example.net"]}, "recipients[0]", "an OpenPGP key that only gpg on this machine has"),
    ],
)
def test_an_invalid_field_is_a_problem(fields: dict[str, Any], path: str, found: str) -> None:
    (problem,) = _refused({**stack_file(), "backup": {**JOB, **fields}})

    assert (problem.path, problem.found) == (f"{ROOT}.{path}", found)


@pytest.mark.parametrize("name", ["recipients", "volume"])
def test_the_job_needs_a_place_and_who_can_decrypt(name: str) -> None:
    without = {key: value for key, value in JOB.items() if key != name}

    (problem,) = _refused({**stack_file(), "backup": without})

    assert (problem.path, problem.found) == (f"{ROOT}.{name}", "missing")


@pytest.mark.parametrize("name", ["timeZone", "volume", "s3", "memory", "images"])
def test_a_field_of_the_job_needs_a_schedule(name: str) -> None:
    declared = {"recipients": [AGE], name: {"size": "5Gi"}}

    (problem,) = _refused({**stack_file(), "backup": declared})

    assert (problem.path, problem.found) == (f"{ROOT}.{name}", "a value without a schedule")


def test_an_infisical_elsewhere_has_no_job_here() -> None:
    (problem,) = _refused({**elsewhere(), "backup": JOB})

    assert problem.path == f"{ROOT}.schedule"
    assert "install is none" in problem.found


def test_a_key_in_gpg_is_enough_without_a_job(tmp_path: Path) -> None:
    assert _parsed({**stack_file(), "backup": {"recipients": ["me@example.net"]}}).backup.job is None
