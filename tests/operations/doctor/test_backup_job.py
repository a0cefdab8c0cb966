"""The doctor looks at the last success of the job that backs up the database."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from declaration import Backup
from declaration.site.backup_job import BackupJob, Volume
from operations.doctor.facts import Unread
from operations.doctor.reading.cluster import without_backups
from tests.declaration.site.test_backup import AGE
from tests.operations.backup.job import registered, template_of
from tests.operations.doctor.synthetic import Lab, declared, pod

YESTERDAY, MONDAY, LAST_MONTH = "2026-11-29T03:31:00Z", "2026-11-30T03:30:00Z", "2026-10-30T03:30:00Z"


def lab(spec: dict[str, Any] | None = None, **status: Any) -> Lab:
    """A homelab with a job, as of noon on Monday."""
    job = BackupJob("30 3 * * *", Volume("5Gi"))
    made = Lab(replace(declared(), backup=Backup(("age1",), max_age_days=2, job=job)))
    made.observe(backup_job={"metadata": {"creationTimestamp": LAST_MONTH}, "spec": spec or {}, "status": status})
    return made


def test_its_last_success_is_shown() -> None:
    made = lab(lastScheduleTime=MONDAY, lastSuccessfulTime="2026-11-30T03:31:00Z")

    assert made.status("backups") == "ok"
    assert "CronJob infisical/infisical-backup: last success 2026-11-30T03:31:00Z" in made.text()


@pytest.mark.parametrize(
    ("status", "what"),
    [
        ({"lastScheduleTime": MONDAY, "lastSuccessfulTime": YESTERDAY}, "The last backup of the database failed"),
        ({"lastScheduleTime": MONDAY}, "The last backup of the database failed"),
        ({}, "The backup of the database is overdue"),
        ({"lastScheduleTime": LAST_MONTH, "lastSuccessfulTime": LAST_MONTH}, "The backup of the database is overdue"),
    ],
)
def test_a_job_that_does_not_succeed_is_a_warning(status: dict[str, Any], what: str) -> None:
    finding = lab(**status).only_finding()

    assert (finding.what, finding.warning) == (what, True)
    assert finding.where == ("CronJob infisical/infisical-backup",)
    assert finding.expected == "a success in the last 2 days"
    assert "`kubectl " in finding.fix


def test_a_job_that_runs_has_not_failed() -> None:
    made = lab(lastScheduleTime=MONDAY, lastSuccessfulTime=YESTERDAY, active=[{"name": "infisical-backup-1"}])

    assert made.status("backups") == "ok"


def test_a_new_job_has_time() -> None:
    made = lab()
    made.observe(backup_job={"metadata": {"creationTimestamp": YESTERDAY}, "spec": {}})

    assert made.status("backups") == "ok"
    assert "no run yet" in made.text()


def test_a_suspended_job_and_a_missing_one_are_warnings() -> None:
    assert lab({"suspend": True}, lastSuccessfulTime=MONDAY).only_finding().id == "backup-job-suspended"
    made = lab()
    made.observe(backup_job=None)
    assert made.only_finding().id == "backup-job-missing"


def test_its_pods_are_not_those_of_infisical() -> None:
    template = template_of(registered(recipients=[AGE]))
    own, server = pod("infisical-backup-1"), pod("infisical-0")
    own["metadata"]["labels"] = template["metadata"]["labels"]

    assert without_backups([own, server]) == [server]


def test_without_the_right_to_read_it_the_step_is_not_checked() -> None:
    made = lab()
    made.observe(backup_job=Unread("no right to get cronjobs"))

    assert made.status("backups") == "not-checked"
    assert "no right to get cronjobs" in made.text()


def test_without_a_cluster_only_the_cluster_is_reported() -> None:
    made = lab()
    made.silent = "it does not answer"

    assert [each.id for each in made.findings()] == ["cluster-silent"]
    assert made.status("backups") == "not-checked"
