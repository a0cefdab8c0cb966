"""The job that backs up the database: what the program registers, and what the API server says about it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.controlplane import ControlPlane
from tests.components.program import run
from tests.declaration.site.test_backup import AGE
from tests.declaration.stack_config import EARLIER, REDIS_URL, stack_file
from tests.operations.backup.job import OBJECT, pod_of, registered

EXTERNAL = {"kind": "external", "secretName": "infisical-database", "secretKey": "DB_CONNECTION_URI"}
KINDS = ("ConfigMap", "CronJob", "PersistentVolumeClaim")
S3 = {"endpoint": "https://s3.example.net", "bucket": "homelab", "prefix": "infisical"}
JOB = {"schedule": "@daily", "volume": {"size": "5Gi"}, "recipients": [AGE]}


def objects(**declared: Any) -> dict[str, dict[str, Any]]:
    found = registered(**{"recipients": [AGE], **declared}).objects()
    return {kind: found[f"{kind} {OBJECT}"] for kind in KINDS}


def test_without_a_schedule_nothing_is_registered() -> None:
    without = run(stack_file())
    declared = run({**stack_file(), "backup": {"recipients": [AGE], "to": ["/mnt/usb"], "keep": 10}})

    assert declared.registrations.keys() == without.registrations.keys()


@pytest.mark.parametrize("database", [{"kind": "bundled"}, {"kind": "separate"}, EXTERNAL])
def test_no_secret_is_in_any_object(database: dict[str, str]) -> None:
    config = stack_file() | EARLIER | (REDIS_URL if database == EXTERNAL else {})
    config["infisical"]["database"] = database
    found = run({**config, "backup": JOB}).objects()

    for kind in KINDS:
        text = repr(found[f"{kind} {OBJECT}"])
        assert "Secret(" not in text
        assert not [value for value in (*EARLIER.values(), *REDIS_URL.values()) if value in text]


@pytest.mark.parametrize(
    ("database", "name", "secret", "key"),
    [
        ({"kind": "bundled"}, "PGPASSWORD", "postgresql", "password"),
        ({"kind": "separate"}, "PGPASSWORD", "infisical-database", "postgresql-password"),
        ({"kind": "separate", "from": "bundled"}, "PGPASSWORD", "postgresql", "password"),
        (EXTERNAL, "CONNECTION", "infisical-database", "DB_CONNECTION_URI"),
    ],
)
def test_only_the_dump_gets_the_login_to_the_database(
    database: dict[str, str], name: str, secret: str, key: str
) -> None:
    pod = pod_of(registered(database, recipients=[AGE]))

    refs = {
        (container["name"], variable["name"]): variable["valueFrom"]
        for container in (*pod["initContainers"], *pod["containers"])
        for variable in container.get("env", ())
        if "valueFrom" in variable
    }
    assert refs == {("dump", name): {"secretKeyRef": {"name": secret, "key": key}}}


def test_only_the_upload_gets_the_login_to_the_bucket_and_only_its_secret_has_it() -> None:
    done = registered(recipients=[AGE], s3=S3)
    pod = pod_of(done)

    refs = {
        variable["name"]: variable["valueFrom"]["secretKeyRef"]["name"]
        for variable in pod["containers"][0]["env"]
        if "valueFrom" in variable
    }
    assert refs == dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "infisical-backup-s3")
    assert not [each for each in pod["initContainers"][0]["env"] if each["name"].startswith("AWS")]
    found = done.objects()
    login = found.pop("Secret infisical/infisical-backup-s3")["stringData"]
    assert login.value == {"AWS_ACCESS_KEY_ID": "canary-access-key", "AWS_SECRET_ACCESS_KEY": "canary-secret-key"}
    assert "canary" not in repr(found)
    assert f"PersistentVolumeClaim {OBJECT}" not in found


def test_one_run_at_a_time_ends_and_few_are_kept() -> None:
    spec = objects(timeZone="Europe/Berlin")["CronJob"]["spec"]

    assert (spec["concurrencyPolicy"], spec["timeZone"]) == ("Forbid", "Europe/Berlin")
    assert (spec["successfulJobsHistoryLimit"], spec["failedJobsHistoryLimit"]) == (3, 3)
    assert spec["jobTemplate"]["spec"]["activeDeadlineSeconds"] == 3600
    assert spec["jobTemplate"]["spec"]["backoffLimit"] == 2


def test_only_memory_has_the_dump_before_it_is_encrypted() -> None:
    pod = pod_of(registered(recipients=[AGE], memory="1Gi"))

    assert {"name": "plain", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}} in pod["volumes"]
    assert {each["resources"]["limits"]["memory"] for each in pod["initContainers"]} == {"1Gi"}


def test_without_a_recipient_of_age_no_image_of_age_is_needed(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "owner.asc").write_text("-----BEGIN PGP PUBLIC KEY BLOCK-----\n")
    monkeypatch.chdir(tmp_path)

    pod = pod_of(registered(recipients=["owner.asc"]))

    assert [each["name"] for each in pod["initContainers"]] == ["dump"]


def test_the_backups_outlive_the_job_and_the_stack() -> None:
    done = registered(recipients=[AGE])

    claim = done.the("PersistentVolumeClaim", "infisical-backup")
    assert claim.retained
    assert not done.the("CronJob", "infisical-backup").retained


@pytest.fixture(scope="module")
def restricted(control_plane: ControlPlane) -> Iterator[str]:
    """A namespace that refuses pods beyond the restricted standard."""
    name = "restricted-backups"
    labels = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn")}
    control_plane.kubectl.create(
        {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": labels}}
    )
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "default", "namespace": name}}
    control_plane.kubectl.run("apply", "-f", "-", given=json.dumps(account))
    yield name
    control_plane.kubectl.run("delete", "namespace", name, "--wait=false")


@pytest.mark.parametrize(
    "declared", [{"timeZone": "Europe/Berlin", "keep": 10}, {"database": EXTERNAL}, {"s3": S3}], ids=str
)
def test_the_api_server_accepts_every_object_and_the_pod(
    control_plane: ControlPlane, restricted: str, declared: dict[str, Any]
) -> None:
    found = registered(**{"recipients": [AGE], **declared}).objects()
    made = {kind: found[f"{kind} {OBJECT}"] for kind in KINDS if f"{kind} {OBJECT}" in found}
    template = made["CronJob"]["spec"]["jobTemplate"]["spec"]["template"]
    pod = {"apiVersion": "v1", "kind": "Pod", **template, "metadata": {"name": "backup", **template["metadata"]}}
    for each in (*made.values(), pod):
        each["metadata"] = {**each["metadata"], "namespace": restricted}
    given = json.dumps({"apiVersion": "v1", "kind": "List", "items": [*made.values(), pod]})

    done = control_plane.kubectl.run("apply", "--dry-run=server", "--validate=strict", "-f", "-", given=given)

    assert done.count("(server dry run)") == len(made) + 1
