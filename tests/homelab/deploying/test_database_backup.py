"""The job that backs up the database, deployed: it finds no change afterwards, and its volume outlives it."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest

from operations.doctor.reading.cluster import read_backup_job
from operations.doctor.steps.backup_job import last_success
from tests.declaration.site.test_backup import AGE
from tests.declaration.stack_config import S3_LOGIN
from tests.homelab.deployment import Homelab, Run
from tooling.kubernetes.connection import Connection
from tooling.kubernetes.kubeconfig import find_access
from tooling.stack.declared import checked, read_declaration

PLACE = "infisical/infisical-backup"
VOLUME = {"volume": {"size": "5Gi"}}
BUCKET = {"s3": {"endpoint": "https://s3.example.net", "bucket": "homelab"}}


def found(homelab: Homelab) -> list[str]:
    return [kind for kind in ("cronjob", "configmap", "persistentvolumeclaim") if PLACE in homelab.objects(kind)]


def declare(homelab: Homelab, place: dict[str, Any] | None) -> Run:
    homelab.config.pop("homelab:backup", None)
    if place:
        homelab.config["homelab:backup"] = {"recipients": [AGE], "schedule": "30 3 * * *", **place}
    homelab.declare()
    return homelab.up()


@pytest.fixture(scope="module")
def scheduled(homelab: Homelab) -> Homelab:
    declare(homelab, VOLUME)
    return homelab


def test_an_update_finds_no_change_afterwards(scheduled: Homelab) -> None:
    assert found(scheduled) == ["cronjob", "configmap", "persistentvolumeclaim"]
    scheduled.up("--refresh", "--expect-no-changes")


def test_a_run_can_be_started_by_hand(scheduled: Homelab) -> None:
    command = ("create", "job", "-n", "infisical", "--from=cronjob/infisical-backup", "infisical-backup-now")

    assert "infisical-backup-now created" in scheduled.plane.kubectl.run(*command, "--dry-run=server")


def test_the_doctor_reads_when_it_last_succeeded(scheduled: Homelab) -> None:
    status = {"lastScheduleTime": "2026-11-30T03:30:00Z", "lastSuccessfulTime": "2026-11-29T03:31:00Z"}
    patch = ("patch", "cronjob", "infisical-backup", "-n", "infisical", "--subresource=status", "--type=merge")
    scheduled.plane.kubectl.run(*patch, "-p", json.dumps({"status": status}))

    async def read() -> object:
        connection = Connection(find_access(str(scheduled.plane.kubeconfig)))
        try:
            return await read_backup_job(connection, checked(read_declaration(scheduled.project, scheduled.stack)))
        finally:
            await connection.close()

    job = asyncio.run(read())
    assert isinstance(job, dict)
    assert last_success(job) == "CronJob infisical/infisical-backup: last success 2026-11-29T03:31:00Z"


def test_with_a_bucket_the_login_is_in_a_secret_and_the_volume_stays(scheduled: Homelab) -> None:
    for key, value in S3_LOGIN.items():
        scheduled.set_secret(key, value)
    ran = declare(scheduled, BUCKET)

    assert found(scheduled) == ["cronjob", "configmap", "persistentvolumeclaim"]
    login = scheduled.secret("infisical", "infisical-backup-s3")
    assert login == dict(zip(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), S3_LOGIN.values(), strict=True))
    assert "canary" not in ran.output
    assert "canary" not in str(scheduled.objects("cronjob"))
    assert "canary" not in scheduled.checkpoint.read_text()


def test_without_a_schedule_only_the_volume_stays(scheduled: Homelab) -> None:
    for key in S3_LOGIN:
        scheduled.remove_secret(key)
    declare(scheduled, None)

    assert found(scheduled) == ["persistentvolumeclaim"]
    assert "infisical/infisical-backup-s3" not in scheduled.objects("secret")


def test_a_new_job_uses_the_volume_that_is_there(scheduled: Homelab) -> None:
    before = scheduled.objects("persistentvolumeclaim")[PLACE]["metadata"]["uid"]

    declare(scheduled, VOLUME)

    assert scheduled.objects("persistentvolumeclaim")[PLACE]["metadata"]["uid"] == before
    assert found(scheduled) == ["cronjob", "configmap", "persistentvolumeclaim"]
